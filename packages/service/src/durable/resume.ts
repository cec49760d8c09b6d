// SPDX-License-Identifier: Apache-2.0
import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCheckpoint } from "@zeta/protocol/checkpoint";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { Storage } from "@zeta/storage/storage";
import type { StoreWorker } from "@zeta/store/store-worker";
import type { Instance, InstanceParts } from "../instance.ts";
import type { KeyCatalogue } from "../key-catalogue.ts";
import { DurableState, EMPTY_JOURNAL, type JournalLimits } from "./durable-state.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";
import { PastPages } from "./past-pages.ts";
import { runJournal } from "./run-journal.ts";

/** Where an enclave and its store begin that go on from a checkpoint. */
export interface StartPoint {
  readonly checkpoint: Uint8Array;
  readonly rootValue: Uint8Array;
  readonly firstEpoch: number;
}

export interface ResumeOptions {
  readonly storage: Storage;
  /** Makes enclave and store; null: from nothing. The store is still empty. */
  readonly createParts: (start: StartPoint | null) => Promise<InstanceParts>;
  readonly createInstance: (parts: InstanceParts) => Instance;
  /** Names of keys; null: a service whose keys have none. */
  readonly catalogue: KeyCatalogue | null;
  readonly limits?: JournalLimits;
  /** Called again and again while data are read and calls run: lets other work in, and rejects when nobody wants the start any more. */
  readonly breathe: () => Promise<void>;
}

/** A service that goes on where it was. */
export interface Resumed {
  readonly instance: Instance;
  readonly state: DurableState;
  readonly facts: ResumedFacts;
}

/** For people. */
export interface ResumedFacts {
  /** Records under the checkpoint. */
  readonly records: number;
  /** Calls of the journal that ran again, after a crash. */
  readonly calls: number;
  /** Epochs that were certified anew. */
  readonly epochs: number;
  /** Instances before this one. */
  readonly ancestors: number;
}

/**
 * Brings a service back as its storage has it: the records under the last checkpoint, and the calls of the journal, run again in the epochs in
 * which they ran. A storage in which nothing is yet gets a checkpoint of the empty store, so that a service with data begins from nothing
 * only once: two beginnings are a fork.
 *
 * @throws ZetaError `storage_damaged`, `storage_failed`, `lineage_full`, `journal_of_other_code`; what `createParts` and
 * `breathe` throw. Nothing was written then but what a crash would have left, too.
 */
export async function resume(options: ResumeOptions): Promise<Resumed> {
  const bytes = await options.storage.manifest();
  await options.breathe();
  return bytes === null ? beginNew(options) : goOn(options, decodeManifest(bytes));
}

async function beginNew(options: ResumeOptions): Promise<Resumed> {
  const { storage, catalogue, limits = {} } = options;
  const instance = options.createInstance(await options.createParts(null));
  catalogue?.trackChanges(true);
  const past = PastPages.none();
  const state = new DurableState({ storage, catalogue, past, journal: EMPTY_JOURNAL, limits });
  await saveNow(instance, state);
  return { instance, state, facts: { records: 0, calls: 0, epochs: 0, ancestors: 0 } };
}

async function goOn(options: ResumeOptions, manifest: Manifest): Promise<Resumed> {
  const { storage, catalogue, limits = {}, breathe } = options;
  const { lineage, rootValue } = manifest;
  if (lineage.length >= LINEAGE_MAX) {
    const message = `expected fewer than ${LINEAGE_MAX} instances so far, got ${lineage.length}`;
    throw new ZetaError("lineage_full", message);
  }
  const last = lineage.at(-1);
  assert(last !== undefined, "at least one instance in a manifest");
  const { checkpoint } = decodeCheckpoint(last.checkpoint);
  const firstEpoch = checkpoint.epoch + 1;
  const parts = await options.createParts({ checkpoint: last.checkpoint, rootValue, firstEpoch });
  const records = await restoreRecords(storage, parts.store, rootValue, breathe);
  for await (const names of storage.names()) {
    for (const name of names) catalogue?.note(name, true);
    await breathe();
  }
  catalogue?.trackChanges(manifest.isNamesComplete);
  const instance = options.createInstance({ ...parts, lineage });
  const past = await PastPages.read(storage, instance, checkpoint);
  await breathe();
  const isSameCode = equalBytes(instance.attestation.measurement, checkpoint.measurement);
  const observe = catalogue?.observe ?? null;
  const journal = await runJournal({ storage, instance, observe, mayRun: isSameCode, breathe });
  const state = new DurableState({ storage, catalogue, past, journal, limits });
  // From here on the journal's calls are calls of this code.
  if (!isSameCode) await saveNow(instance, state);
  const { calls, epochs } = journal;
  return { instance, state, facts: { records, calls, epochs, ancestors: lineage.length } };
}

async function restoreRecords(
  storage: Storage,
  store: StoreWorker,
  rootValue: Uint8Array,
  breathe: () => Promise<void>,
): Promise<number> {
  let count = 0;
  for await (const records of storage.records()) {
    store.restore(records);
    count += records.length;
    await breathe();
  }
  store.finishRestore();
  await breathe();
  if (!equalBytes(store.rootValue, rootValue)) {
    const [expected, got] = [toHex(rootValue), toHex(store.rootValue)];
    const message = `expected ${count} records under the root ${expected}, got ${got}`;
    throw new ZetaError("storage_damaged", message);
  }
  return count;
}

async function saveNow(instance: Instance, state: DurableState): Promise<void> {
  instance.store.seal();
  instance.verify();
  instance.assertHolds();
  await state.save(instance);
}
