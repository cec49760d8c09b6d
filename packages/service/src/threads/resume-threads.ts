// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import type { CheckpointStatement } from "@zeta/protocol/checkpoint";
import type { Storage } from "@zeta/storage/storage";
import { DurableState, EMPTY_JOURNAL, type JournalLimits } from "../durable/durable-state.ts";
import type { Manifest } from "../durable/manifest.ts";
import { PastPages } from "../durable/past-pages.ts";
import type { ResumedFacts } from "../durable/resume.ts";
import { runJournal } from "../durable/run-journal.ts";
import {
  checkRestored,
  lastCheckpointOf,
  restoreNames,
  type StartPoint,
} from "../durable/start-point.ts";
import type { KeyCatalogue } from "../key-catalogue.ts";
import type { ThreadedEngine } from "./threaded-engine.ts";
import type { TreeAtRest } from "./threaded-instance.ts";

export interface ResumeThreadsOptions {
  readonly storage: Storage;
  /** Null: nothing is in the storage yet. */
  readonly manifest: Manifest | null;
  /** Starts an enclave and its workers, at rest; nobody observes the calls that run again. */
  readonly createEngine: (
    rest: TreeAtRest & { readonly start: StartPoint | null },
  ) => Promise<ThreadedEngine>;
  /** Names of keys; null: a service whose keys have none. */
  readonly catalogue: KeyCatalogue | null;
  /** Threads of this engine, or of whoever goes on from the next checkpoint: then that is taken at once, for them. */
  readonly threads: number;
  readonly nextThreads: number;
  readonly limits?: JournalLimits;
  /** As of `resume`. */
  readonly breathe: () => Promise<void>;
}

/** A service of several threads that goes on where it was. */
export interface ResumedThreads {
  readonly engine: ThreadedEngine;
  readonly state: DurableState;
  readonly facts: ResumedFacts;
}

/**
 * As `resume`, on several threads: each takes its share of the records, the tree above the shares is made of what they come to, and its root must be
 * the checkpoint's.
 *
 * @throws ZetaError as `resume`, `worker_failed`.
 */
export async function resumeThreads(options: ResumeThreadsOptions): Promise<ResumedThreads> {
  const { manifest } = options;
  await options.breathe();
  const last = manifest === null ? null : lastCheckpointOf(manifest);
  const start = last?.start ?? null;
  const { lineage = [], fullDepth = 0 } = manifest ?? {};
  const firstEpoch = start?.firstEpoch ?? 0;
  const engine = await options.createEngine({ start, firstEpoch, lineage, fullDepth });
  try {
    if (manifest === null || last === null) return await beginNew(options, engine);
    return await goOn(options, manifest, last.statement, engine);
  } catch (error) {
    await engine.abandon();
    throw error;
  }
}

async function beginNew(
  { storage, catalogue, nextThreads: threads, limits = {} }: ResumeThreadsOptions,
  engine: ThreadedEngine,
): Promise<ResumedThreads> {
  catalogue?.trackChanges(true);
  const past = PastPages.none();
  const journal = EMPTY_JOURNAL;
  const state = new DurableState({ storage, catalogue, past, journal, threads, limits });
  await engine.atRest((rested) => state.save(rested));
  await engine.begin();
  return { engine, state, facts: { records: 0, calls: 0, epochs: 0, ancestors: 0 } };
}

async function goOn(
  options: ResumeThreadsOptions,
  manifest: Manifest,
  statement: CheckpointStatement,
  engine: ThreadedEngine,
): Promise<ResumedThreads> {
  const { storage, catalogue, breathe, limits = {}, threads, nextThreads } = options;
  const { instance } = engine;
  const records = await engine.restore(storage.records(), breathe);
  checkRestored(records, manifest.rootValue, instance.rootValue);
  await restoreNames(storage, catalogue, manifest, breathe);
  const past = await PastPages.read(storage, instance, statement);
  await breathe();
  const mayRun = equalBytes(instance.attestation.measurement, statement.measurement);
  await engine.begin();
  // The engine has the catalogue observe its calls.
  const journal = await runJournal({ storage, observe: null, breathe, runner: engine, mayRun });
  const kept = { storage, catalogue, past, journal, limits };
  const state = new DurableState({ ...kept, threads: nextThreads });
  if (!mayRun || nextThreads !== threads) {
    await engine.atRest((rested) => state.save(rested));
    await engine.begin();
  }
  const { calls, epochs } = journal;
  const ancestors = manifest.lineage.length;
  return { engine, state, facts: { records, calls, epochs, ancestors } };
}
