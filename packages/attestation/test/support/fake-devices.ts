// SPDX-License-Identifier: Apache-2.0
/**
 * Attestation devices in memory that behave like the real ones, and misbehave as the real ones are
 * known to.
 */

import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import type { FileTree } from "../../src/produce/file-tree.ts";
import { amdWorld } from "./amd-world.ts";
import { world } from "./intel-world.ts";

export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function sgxQuote(reportData: Uint8Array): Uint8Array {
  return world({ report: (bytes) => bytes.set(reportData, 320) }).quote;
}

/** With the padding the kernel puts behind it. */
export function tdxQuote(reportData: Uint8Array): Uint8Array {
  const { quote } = world({
    version: 4,
    body: "td10",
    report: (bytes) => bytes.set(reportData, 520),
  });
  return concatBytes(quote, new Uint8Array(70));
}

export function snpReport(reportData: Uint8Array): Uint8Array {
  return amdWorld({ report: (bytes) => bytes.set(reportData, 0x50) }).quote;
}

export interface GramineFaults {
  /** Text of attestation_type, or an error. */
  readonly type?: string | Error;
  readonly write?: Error;
  /** Instead of the quote over what was written. */
  readonly quote?: Error | ((reportData: Uint8Array) => Uint8Array);
  /** The write is taken and forgotten. */
  readonly ignoreWrites?: boolean;
}

/** /dev/attestation: one state for the whole process, changed by whoever wrote last. */
export function fakeGramine(faults: GramineFaults = {}): FileTree & { readonly writes: number[] } {
  let state = new Uint8Array(64);
  const writes: number[] = [];
  return {
    writes,
    async read(path) {
      const name = path.split("/").at(-1);
      if (name === "attestation_type") {
        if (faults.type instanceof Error) throw faults.type;
        return utf8(faults.type ?? "dcap");
      }
      if (name !== "quote") throw systemError("ENOENT");
      // The quoting enclave takes its time; whoever writes meanwhile changes what is quoted.
      await new Promise((resolve) => setImmediate(resolve));
      if (faults.quote instanceof Error) throw faults.quote;
      return (faults.quote ?? sgxQuote)(state);
    },
    async write(path, bytes) {
      if (!path.endsWith("/user_report_data")) throw systemError("ENOENT");
      writes.push(bytes.length);
      if (faults.write !== undefined) throw faults.write;
      if (faults.ignoreWrites === true) return;
      // Shorter writes are padded, longer ones cut: never an error.
      state = new Uint8Array(64);
      state.set(bytes.subarray(0, 64));
      await new Promise((resolve) => setImmediate(resolve));
    },
    makeDirectory: () => Promise.reject(systemError("EPERM")),
    removeDirectory: () => Promise.reject(systemError("EPERM")),
  };
}

export interface ConfigfsFaults {
  readonly provider?: string;
  readonly mkdir?: Error;
  readonly write?: Error;
  /** close() swallowed the error: the write never happened. */
  readonly loseWrite?: boolean;
  /** Somebody else writes into our entry right after us. */
  readonly intruder?: Uint8Array;
  /** Errors of the first reads of outblob, in turn; after them it works. */
  readonly outblobErrors?: readonly Error[];
  readonly outblob?: (reportData: Uint8Array) => Uint8Array;
  readonly auxblob?: Uint8Array | Error;
  readonly generation?: string;
  readonly rmdir?: Error;
}

interface Entry {
  generation: number;
  inblob: Uint8Array;
  privlevel: string | null;
}

/** /sys/kernel/config/tsm/report. */
export function fakeConfigfs(faults: ConfigfsFaults = {}): FileTree & {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly names: string[];
} {
  const entries = new Map<string, Entry>();
  const names: string[] = [];
  let failures = 0;
  const entryOf = (path: string): [Entry, string] => {
    const at = path.lastIndexOf("/");
    const entry = entries.get(path.slice(0, at));
    if (entry === undefined) throw systemError("ENOENT");
    return [entry, path.slice(at + 1)];
  };
  const provider = faults.provider ?? "tdx_guest";
  const outblob = (entry: Entry): Uint8Array => {
    const error = faults.outblobErrors?.[failures];
    if (error !== undefined) {
      failures += 1;
      throw error;
    }
    if (entry.inblob.length !== 64) throw systemError("EINVAL");
    return (faults.outblob ?? (provider === "sev_guest" ? snpReport : tdxQuote))(entry.inblob);
  };
  return {
    entries,
    names,
    async read(path, max) {
      const [entry, name] = entryOf(path);
      if (name === "provider") return utf8(`${provider}\n`);
      if (name === "generation") return utf8(`${faults.generation ?? entry.generation}\n`);
      if (name === "outblob") return outblob(entry).slice(0, max + 1);
      if (name !== "auxblob" || provider !== "sev_guest") throw systemError("ENOENT");
      if (faults.auxblob instanceof Error) throw faults.auxblob;
      return faults.auxblob ?? new Uint8Array(0);
    },
    async write(path, bytes) {
      const [entry, name] = entryOf(path);
      if (faults.write !== undefined) throw faults.write;
      if (faults.loseWrite === true) return;
      entry.generation += 1;
      if (name === "privlevel") entry.privlevel = new TextDecoder().decode(bytes);
      if (name !== "inblob") return;
      entry.inblob = bytes.slice();
      if (faults.intruder === undefined) return;
      entry.inblob = faults.intruder;
      entry.generation += 1;
    },
    async makeDirectory(path) {
      if (faults.mkdir !== undefined) throw faults.mkdir;
      if (entries.has(path)) throw systemError("EEXIST");
      names.push(path);
      entries.set(path, { generation: 0, inblob: new Uint8Array(0), privlevel: null });
    },
    async removeDirectory(path) {
      if (faults.rmdir !== undefined) throw faults.rmdir;
      entries.delete(path);
    },
  };
}
