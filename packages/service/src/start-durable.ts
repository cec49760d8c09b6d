// SPDX-License-Identifier: Apache-2.0
import type { Storage } from "@zeta/storage/storage";
import type { DurableState } from "./durable/durable-state.ts";
import { decodeManifest } from "./durable/manifest.ts";
import type { Resumed, ResumedFacts } from "./durable/resume.ts";
import type { StartPoint } from "./durable/start-point.ts";
import type { Engine } from "./engine.ts";
import type { Instance } from "./instance.ts";
import type { KeyCatalogue } from "./key-catalogue.ts";
import type { ServiceEngine } from "./service-engine.ts";
import { resumeThreads } from "./threads/resume-threads.ts";
import type { ThreadedEngine } from "./threads/threaded-engine.ts";
import type { TreeAtRest } from "./threads/threaded-instance.ts";

export interface DurableStart {
  /** Closed if the service does not start. */
  readonly storage: Storage;
  readonly catalogue: KeyCatalogue | null;
  readonly threads: number;
  /** As of `resume`. */
  readonly breathe: () => Promise<void>;
  /** Brings an instance of one thread back, and saves a checkpoint of it for `nextThreads` if they are others. */
  readonly resumeOne: (nextThreads: number) => Promise<Resumed>;
  readonly engineOf: (instance: Instance, state: DurableState) => Engine;
  readonly startThreads: (
    threads: number,
    rest: TreeAtRest & { readonly start: StartPoint | null },
  ) => Promise<ThreadedEngine>;
}

export interface StartedDurable {
  readonly engine: ServiceEngine;
  readonly state: DurableState;
  readonly facts: ResumedFacts;
}

/**
 * Starts a service from its storage, on any number of threads. A journal runs again on as many as it ran on before: only then the epochs that
 * clients saw certified are certified with the same content. So if there are to be others, an instance of the former number comes first, which ends at once
 * with a checkpoint.
 *
 * @throws ZetaError as `resume` and `resumeThreads`.
 */
export async function startDurable(options: DurableStart): Promise<StartedDurable> {
  const { storage, threads } = options;
  try {
    const bytes = await storage.manifest();
    const before = bytes === null ? threads : decodeManifest(bytes).threads;
    if (before === threads) return await startOn(options, threads);
    const { calls, epochs } = await handOver(options, before);
    const started = await startOn(options, threads);
    return { ...started, facts: { ...started.facts, calls, epochs } };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function startOn(options: DurableStart, threads: number): Promise<StartedDurable> {
  if (threads > 1) {
    const { engine, state, facts } = await resumeSeveral(options, threads, threads);
    engine.keepWith(state);
    return { engine, state, facts };
  }
  const { instance, state, facts } = await options.resumeOne(1);
  return { engine: options.engineOf(instance, state), state, facts };
}

/** Ends what ran on `before` threads, with a checkpoint for the others. */
async function handOver(options: DurableStart, before: number): Promise<ResumedFacts> {
  if (before === 1) return (await options.resumeOne(options.threads)).facts;
  const { engine, facts } = await resumeSeveral(options, before, options.threads);
  await engine.abandon();
  return facts;
}

async function resumeSeveral(
  { storage, catalogue, breathe, startThreads }: DurableStart,
  threads: number,
  nextThreads: number,
) {
  const bytes = await storage.manifest();
  return resumeThreads({
    ...{ storage, catalogue, breathe, threads, nextThreads },
    manifest: bytes === null ? null : decodeManifest(bytes),
    createEngine: (rest) => startThreads(threads, rest),
  });
}
