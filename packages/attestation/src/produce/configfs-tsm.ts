// SPDX-License-Identifier: Apache-2.0
/**
 * TDX and SEV-SNP quotes on Linux: configfs-tsm (Linux
 * `Documentation/ABI/testing/configfs-tsm-report`). One directory per request, because two writers
 * on one race. Errors of a write are lost when the file is closed: only the generation number tells
 * whether the write happened, and happened alone.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { randomBytes } from "@noble/hashes/utils.js";
import { utf8 } from "@zeta/protocol/bytes";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { CERTIFICATE_TABLE_BYTES_MAX, QUOTE_BYTES_MAX } from "../limits.ts";
import { type FileTree, systemCode, systemFileTree, textOf } from "./file-tree.ts";
import {
  assertReportData,
  checkedQuote,
  type ProducedQuote,
  type QuoteProducer,
} from "./producer.ts";

export interface ConfigfsOptions {
  readonly directory?: string;
  readonly files?: FileTree;
  /**
   * SEV-SNP: the VMPL to ask for, at least the provider's floor; the kernel's default if left out.
   */
  readonly privilegeLevel?: number;
  readonly random?: (length: number) => Uint8Array;
  /** Waits between attempts; a test brings its own. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

const DIRECTORY = "/sys/kernel/config/tsm/report";
const PROVIDERS = { tdx_guest: "tdx", sev_guest: "sev-snp" } as const;

const TEXT_BYTES_MAX = 256;

/**
 * A guest that still waits for an earlier quote answers EBUSY; a signal interrupts with EINTR. Both
 * pass.
 */
const ATTEMPTS = 5;
const PAUSE_MILLISECONDS = 1000;
const PASSING: readonly string[] = ["EBUSY", "EINTR", "EAGAIN"];

const MKDIR_HINTS: Readonly<Record<string, string>> = {
  ENXIO: "no TEE driver is loaded (tdx_guest, sev_guest)",
  ENOENT: "configfs is not mounted or the tsm module is not loaded",
  EACCES: "it takes root",
  EPERM: "it takes root",
};

/** Throws `TEE_UNAVAILABLE` unless a TDX or SEV-SNP provider answers. */
export async function configfsProducer(options: ConfigfsOptions = {}): Promise<QuoteProducer> {
  const { privilegeLevel: level } = options;
  assert(level === undefined || (Number.isInteger(level) && level >= 0 && level <= 3), "VMPL 0..3");
  const tee = await withEntry(options, (files, entry) => readProvider(files, entry));
  return {
    name: "configfs-tsm",
    tee,
    async produce(reportData) {
      assertReportData(reportData);
      return withEntry(options, (files, entry) => produceIn(files, entry, reportData, options));
    },
  };
}

/** Makes a directory of its own for one request and removes it afterwards. */
async function withEntry<T>(
  options: ConfigfsOptions,
  use: (files: FileTree, entry: string) => Promise<T>,
): Promise<T> {
  const files = options.files ?? systemFileTree;
  const name = `zeta-${toHex((options.random ?? randomBytes)(16))}`;
  const entry = `${options.directory ?? DIRECTORY}/${name}`;
  try {
    await files.makeDirectory(entry);
  } catch (error) {
    const code = systemCode(error);
    const hint = MKDIR_HINTS[code] ?? "see the kernel's log";
    return refuse("TEE_UNAVAILABLE", `expected to make ${entry}, got ${code}: ${hint}`, error);
  }
  try {
    return await use(files, entry);
  } finally {
    // A directory that stays behind costs memory, not correctness: the quote is worth more than its
    // tidying.
    await files.removeDirectory(entry).catch(() => undefined);
  }
}

async function readProvider(files: FileTree, entry: string): Promise<"tdx" | "sev-snp"> {
  const provider = await readText(files, `${entry}/provider`);
  const tee = Object.hasOwn(PROVIDERS, provider)
    ? PROVIDERS[provider as keyof typeof PROVIDERS]
    : null;
  return (
    tee ??
    refuse("TEE_UNAVAILABLE", `expected tdx_guest or sev_guest, got ${JSON.stringify(provider)}`)
  );
}

async function produceIn(
  files: FileTree,
  entry: string,
  reportData: Uint8Array,
  options: ConfigfsOptions,
): Promise<ProducedQuote> {
  const tee = await readProvider(files, entry);
  const before = await readGeneration(files, entry);
  const writes = await writeRequest(files, entry, reportData, options);
  const blob = await readPatiently(files, `${entry}/outblob`, QUOTE_BYTES_MAX, options);
  const certificates = tee === "sev-snp" ? await readCertificates(files, entry, options) : null;
  const after = await readGeneration(files, entry);
  if (after !== before + BigInt(writes)) {
    const got = `${after} after ${before}`;
    refuse(
      "PRODUCER_FAILED",
      `expected generation ${before + BigInt(writes)}, got ${got}: a write was lost or not alone`,
    );
  }
  return { tee, quote: checkedQuote(tee, blob, reportData), certificates };
}

/** Returns how many attributes were written: each raises the generation by one. */
async function writeRequest(
  files: FileTree,
  entry: string,
  reportData: Uint8Array,
  options: ConfigfsOptions,
): Promise<number> {
  const { privilegeLevel } = options;
  try {
    if (privilegeLevel !== undefined) {
      await files.write(`${entry}/privlevel`, utf8(String(privilegeLevel)));
    }
    await files.write(`${entry}/inblob`, reportData);
  } catch (error) {
    return refuse(
      "PRODUCER_FAILED",
      `expected to write the request, got ${systemCode(error)}`,
      error,
    );
  }
  return privilegeLevel === undefined ? 1 : 2;
}

async function readGeneration(files: FileTree, entry: string): Promise<bigint> {
  const text = await readText(files, `${entry}/generation`);
  if (!/^\d{1,20}$/.test(text)) {
    refuse("PRODUCER_FAILED", `expected a generation number, got ${JSON.stringify(text)}`);
  }
  return BigInt(text);
}

async function readText(files: FileTree, path: string): Promise<string> {
  try {
    return textOf(await files.read(path, TEXT_BYTES_MAX)).slice(0, TEXT_BYTES_MAX);
  } catch (error) {
    return refuse("PRODUCER_FAILED", `expected to read ${path}, got ${systemCode(error)}`, error);
  }
}

/**
 * Older kernels answer a failed request with an empty blob and success: that is refused when the
 * quote is parsed.
 */
async function readPatiently(
  files: FileTree,
  path: string,
  bytesMax: number,
  options: ConfigfsOptions,
): Promise<Uint8Array> {
  const wait = options.wait ?? ((milliseconds: number) => sleep(milliseconds));
  for (let attempt = 1; ; attempt++) {
    try {
      const blob = await files.read(path, bytesMax);
      if (blob.length <= bytesMax) return blob;
      return refuse("PRODUCER_FAILED", `expected at most ${bytesMax} bytes from ${path}`);
    } catch (error) {
      const code = systemCode(error);
      if (!PASSING.includes(code) || attempt === ATTEMPTS) {
        if (code === "") throw error;
        return refuse("PRODUCER_FAILED", `expected a quote from ${path}, got ${code}`, error);
      }
      await wait(PAUSE_MILLISECONDS);
    }
  }
}

/** The host may have put no certificates there, and older kernels have no such file. */
async function readCertificates(
  files: FileTree,
  entry: string,
  options: ConfigfsOptions,
): Promise<Uint8Array | null> {
  try {
    const path = `${entry}/auxblob`;
    const table = await readPatiently(files, path, CERTIFICATE_TABLE_BYTES_MAX, options);
    return table.length === 0 ? null : table;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (systemCode(cause) === "ENOENT") return null;
    throw error;
  }
}
