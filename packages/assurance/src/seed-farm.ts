// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { assert } from "@zeta/protocol/error";
import { workersSetting } from "./settings.ts";

/** Sums by name; a harness decides what it counts. */
export type Counts = Record<string, number>;

/** What a seed showed: its counts, and what was wrong with it, or null. */
export interface SeedResult {
  readonly counts: Counts;
  readonly failure: string | null;
  /** Things met on the way, to show that the harness goes everywhere. */
  readonly met?: ReadonlySet<string>;
}

export interface FarmResult {
  readonly counts: Counts;
  readonly met: readonly string[];
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Tries one seed of a harness. */
export type TrySeed = (seed: number) => SeedResult | Promise<SeedResult>;

interface Chunk {
  readonly counts: Counts;
  readonly met: readonly string[];
  readonly failure: string | null;
}

const SEEDS_PER_CHUNK = 64;
const PROGRESS_MS = 10_000;

/**
 * The side of a worker thread: answers chunks of seeds until it is ended.
 *
 * @param start builds what one thread needs and returns the function that tries a seed
 */
export async function tendSeeds(start: () => Promise<TrySeed>): Promise<void> {
  assert(!isMainThread && parentPort !== null, "a worker thread");
  const port = parentPort;
  const trySeed = await start();
  port.on("message", async ({ first, last }: { first: number; last: number }) => {
    port.postMessage(await tryChunk(trySeed, first, last));
  });
  port.postMessage(null);
}

async function tryChunk(trySeed: TrySeed, first: number, last: number): Promise<Chunk> {
  const counts: Counts = {};
  const met = new Set<string>();
  for (let seed = first; seed < last; seed++) {
    const result = await trySeed(seed);
    addCounts(counts, result.counts);
    for (const name of result.met ?? []) met.add(name);
    if (result.failure !== null) return { counts, met: [...met], failure: result.failure };
  }
  return { counts, met: [...met], failure: null };
}

function addCounts(sum: Counts, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
}

/**
 * Tries the seeds from `first` to below `last` on all cores, with a line of progress now and then; ends early after a failure.
 *
 * @param script the worker: a module that calls {@link tendSeeds}
 */
export async function farmSeeds(script: URL, first: number, last: number): Promise<FarmResult> {
  const counts: Counts = {};
  const met = new Set<string>();
  const failures: string[] = [];
  const start = performance.now();
  let next = first;
  const seconds = () => (performance.now() - start) / 1000;
  const progress = setInterval(() => {
    const rest = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    console.log(`  seed ${next} of ${last}, ${Math.round(seconds())} s: ${rest.join(", ")}`);
  }, PROGRESS_MS);
  const take = (chunk: Chunk): void => {
    addCounts(counts, chunk.counts);
    for (const name of chunk.met) met.add(name);
    if (chunk.failure !== null) failures.push(chunk.failure);
  };
  const tend = async (): Promise<void> => {
    const worker = new Worker(script);
    try {
      await once(worker, "message");
      while (next < last && failures.length === 0) {
        const from = next;
        next = Math.min(next + SEEDS_PER_CHUNK, last);
        const answer = once(worker, "message");
        worker.postMessage({ first: from, last: next });
        const [chunk] = (await answer) as [Chunk];
        take(chunk);
      }
    } finally {
      await worker.terminate();
    }
  };
  try {
    await Promise.all(Array.from({ length: workersSetting() }, tend));
  } finally {
    clearInterval(progress);
  }
  return { counts, met: [...met].sort(), failures, seconds: Math.round(seconds()) };
}
