// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import type { Storage } from "@zeta/storage/storage";
import type { StoreWorker } from "@zeta/store/store-worker";
import type { Instance, InstanceParts } from "../instance.ts";
import type { KeyCatalogue } from "../key-catalogue.ts";
import { DurableState, EMPTY_JOURNAL, type JournalLimits } from "./durable-state.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";
import { PastPages } from "./past-pages.ts";
import { runJournal } from "./run-journal.ts";
import { checkRestored, lastCheckpointOf, restoreNames, type StartPoint } from "./start-point.ts";

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
  /** Threads of whoever goes on from the next checkpoint; more than one: that is taken at once, for them. Default 1. */
  readonly nextThreads?: number;
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
  const { storage, catalogue, limits = {}, nextThreads: threads = 1 } = options;
  const instance = options.createInstance(await options.createParts(null));
  catalogue?.trackChanges(true);
  const past = PastPages.none();
  const journal = EMPTY_JOURNAL;
  const state = new DurableState({ storage, catalogue, past, journal, threads, limits });
  await saveNow(instance, state);
  return { instance, state, facts: { records: 0, calls: 0, epochs: 0, ancestors: 0 } };
}

async function goOn(options: ResumeOptions, manifest: Manifest): Promise<Resumed> {
  const { storage, catalogue, breathe, limits = {}, nextThreads: threads = 1 } = options;
  const { lineage, fullDepth } = manifest;
  const { start, statement } = lastCheckpointOf(manifest);
  const parts = await options.createParts(start);
  const records = await restoreRecords(storage, parts.store, manifest, breathe);
  await restoreNames(storage, catalogue, manifest, breathe);
  const instance = options.createInstance({ ...parts, lineage, fullDepth });
  const past = await PastPages.read(storage, instance, statement);
  await breathe();
  const isSameCode = equalBytes(instance.attestation.measurement, statement.measurement);
  const observe = catalogue?.observe ?? null;
  const run = { storage, observe, breathe, runner: instance, mayRun: isSameCode };
  const journal = await runJournal(run);
  const state = new DurableState({ storage, catalogue, past, journal, threads, limits });
  // From here on the journal's calls are calls of this code.
  if (!isSameCode || threads !== 1) await saveNow(instance, state);
  const { calls, epochs } = journal;
  return { instance, state, facts: { records, calls, epochs, ancestors: lineage.length } };
}

async function restoreRecords(
  storage: Storage,
  store: StoreWorker,
  { rootValue, fullDepth }: Manifest,
  breathe: () => Promise<void>,
): Promise<number> {
  let count = 0;
  for await (const records of storage.records()) {
    store.restore(records);
    count += records.length;
    await breathe();
  }
  store.finishRestore(fullDepth);
  await breathe();
  checkRestored(count, rootValue, store.rootValue);
  return count;
}

async function saveNow(instance: Instance, state: DurableState): Promise<void> {
  instance.store.seal();
  instance.verify();
  instance.assertHolds();
  await state.save(instance);
}
