// SPDX-License-Identifier: Apache-2.0
import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";
import { equalBytes } from "@zeta/protocol/bytes";
import { type CheckpointStatement, decodeCheckpoint } from "@zeta/protocol/checkpoint";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { Storage } from "@zeta/storage/storage";
import type { KeyCatalogue } from "../key-catalogue.ts";
import type { Manifest } from "./manifest.ts";

/** Where an enclave and its store begin that go on from a checkpoint. */
export interface StartPoint {
  readonly checkpoint: Uint8Array;
  readonly rootValue: Uint8Array;
  readonly firstEpoch: number;
}

/** The last checkpoint of a storage. */
export interface LastCheckpoint {
  readonly start: StartPoint;
  readonly statement: CheckpointStatement;
}

/** @throws ZetaError `lineage_full`. */
export function lastCheckpointOf({ lineage, rootValue }: Manifest): LastCheckpoint {
  if (lineage.length >= LINEAGE_MAX) {
    const message = `expected fewer than ${LINEAGE_MAX} instances so far, got ${lineage.length}`;
    throw new ZetaError("lineage_full", message);
  }
  const last = lineage.at(-1);
  assert(last !== undefined, "at least one instance in a manifest");
  const { checkpoint: statement } = decodeCheckpoint(last.checkpoint);
  const firstEpoch = statement.epoch + 1;
  return { statement, start: { checkpoint: last.checkpoint, rootValue, firstEpoch } };
}

/**
 * The tree over what a storage gave back is the one that was certified.
 *
 * @throws ZetaError `storage_damaged`.
 */
export function checkRestored(count: number, rootValue: Uint8Array, found: Uint8Array): void {
  if (equalBytes(found, rootValue)) return;
  const [expected, got] = [toHex(rootValue), toHex(found)];
  const message = `expected ${count} records under the root ${expected}, got ${got}`;
  throw new ZetaError("storage_damaged", message);
}

/** The keys' names come back, and from now on what changes of them is kept. */
export async function restoreNames(
  storage: Storage,
  catalogue: KeyCatalogue | null,
  { isNamesComplete }: Manifest,
  breathe: () => Promise<void>,
): Promise<void> {
  for await (const names of storage.names()) {
    for (const name of names) catalogue?.note(name, true);
    await breathe();
  }
  catalogue?.trackChanges(isNamesComplete);
}
