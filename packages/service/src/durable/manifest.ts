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

/** What a service needs beside its records to go on from its last checkpoint. */
export interface Manifest {
  /** All instances so far, oldest first; the last one signed the checkpoint under which the records are. */
  readonly lineage: ServiceLineage;
  /** The root at rest, as the monitor takes it. */
  readonly rootValue: Uint8Array;
  /** Are all keys that have a value among the names? */
  readonly isNamesComplete: boolean;
}

const FORMAT = "zeta.manifest.v1";

export function encodeManifest({ lineage, rootValue, isNamesComplete }: Manifest): Uint8Array {
  const json = {
    format: FORMAT,
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
  const { format, rootValue, isNamesComplete, lineage } = json as Record<string, unknown>;
  if (format !== FORMAT) throw new TypeError(`expected ${FORMAT}, got ${JSON.stringify(format)}`);
  if (typeof rootValue !== "string") throw new TypeError("expected a root value in hex");
  if (typeof isNamesComplete !== "boolean") throw new TypeError("expected isNamesComplete");
  const ancestors = lineageFromJson(lineage);
  const last = ancestors.at(-1);
  if (last === undefined) throw new TypeError("expected at least one instance");
  decodeCheckpoint(last.checkpoint);
  return { rootValue: fromHex(rootValue), isNamesComplete, lineage: ancestors };
}
