// SPDX-License-Identifier: Apache-2.0
import {
  lineageFromJson,
  lineageToJson,
  type ServiceLineage,
} from "@zeta/attestation/service-lineage";
import { utf8 } from "@zeta/protocol/bytes";
import { decodeCheckpoint } from "@zeta/protocol/checkpoint";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex, toHex } from "@zeta/protocol/hex";
import { GROUP_BITS_MAX, WORKERS_MAX } from "@zeta/store/wasm/share-out";

/** What a service needs beside its records to go on from its last checkpoint. */
export interface Manifest {
  /** All instances so far, oldest first; the last one signed the checkpoint under which the records are. */
  readonly lineage: ServiceLineage;
  /** The root at rest, as the monitor takes it. */
  readonly rootValue: Uint8Array;
  /** Down to this depth the tree has all nodes ({@link InstanceAtRest.fullDepth}). */
  readonly fullDepth: number;
  /** Threads on which the journal behind the checkpoint ran. */
  readonly threads: number;
  /** Are all keys that have a value among the names? */
  readonly isNamesComplete: boolean;
}

/** Without the members of several threads, which are 0 and 1 then. */
const FORMAT_1 = "zeta.manifest.v1";
const FORMAT_2 = "zeta.manifest.v2";

/** In format 1 where that says it all, so that a release that knows no other goes on from there, too. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { lineage, rootValue, fullDepth, threads, isNamesComplete } = manifest;
  const isOfOne = fullDepth === 0 && threads === 1;
  const json = {
    ...(isOfOne ? { format: FORMAT_1 } : { format: FORMAT_2, fullDepth, threads }),
    rootValue: toHex(rootValue),
    isNamesComplete,
    lineage: lineageToJson(lineage),
  };
  return utf8(JSON.stringify(json));
}

/** @throws ZetaError `storage_damaged`. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return readManifest(json);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `expected the manifest of a service, got: ${reason}`;
    throw new ZetaError("storage_damaged", message, { cause });
  }
}

function readManifest(json: unknown): Manifest {
  if (typeof json !== "object" || json === null) throw new TypeError("expected an object");
  const { format, rootValue, isNamesComplete, lineage, ...rest } = json as Record<string, unknown>;
  const { fullDepth, threads } = readThreads(format, rest);
  if (typeof rootValue !== "string") throw new TypeError("expected a root value in hex");
  if (typeof isNamesComplete !== "boolean") throw new TypeError("expected isNamesComplete");
  const ancestors = lineageFromJson(lineage);
  const last = ancestors.at(-1);
  if (last === undefined) throw new TypeError("expected at least one instance");
  decodeCheckpoint(last.checkpoint);
  const root = fromHex(rootValue);
  return { rootValue: root, fullDepth, threads, isNamesComplete, lineage: ancestors };
}

function readThreads(
  format: unknown,
  { fullDepth, threads }: Record<string, unknown>,
): Pick<Manifest, "fullDepth" | "threads"> {
  if (format === FORMAT_1) return { fullDepth: 0, threads: 1 };
  if (format !== FORMAT_2) throw new TypeError(`expected ${FORMAT_2}, got ${String(format)}`);
  return {
    fullDepth: readWhole("fullDepth", fullDepth, 0, GROUP_BITS_MAX),
    threads: readWhole("threads", threads, 1, WORKERS_MAX),
  };
}

function readWhole(name: string, number: unknown, min: number, max: number): number {
  const isWhole = typeof number === "number" && Number.isInteger(number);
  if (isWhole && number >= min && number <= max) return number;
  throw new TypeError(`expected ${name} from ${min} to ${max}`);
}
