// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { BATCH_MAX } from "@zeta/store/wasm/kv64-store";
import { seededRandom } from "../../ycsb/random.ts";
import type { Workload } from "../../ycsb/workload.ts";
import { scrambledRanks, ZipfianRanks } from "../../ycsb/zipfian.ts";
import { lowHalf, reverseBits } from "./keys.ts";

/**
 * `zipfian`: popularity k^-0.99 over the records themselves, as in the papers of FASTER and FastVer. `scrambled`: YCSB's own, whose ranks run
 * over 10^10 items that are then hashed onto the records, which is flatter. `uniform`.
 */
export type StoreDistribution = "zipfian" | "scrambled" | "uniform";

/** What a draw does, above the record's number. */
export const DRAW_GET = 0;
export const DRAW_PUT = 1;
/** A get and a put: two calls. */
export const DRAW_MODIFY = 2;
const KIND_SHIFT = 28;
const RECORD_MASK = (1 << KIND_SHIFT) - 1;

export interface DrawOptions {
  readonly workload: Workload;
  readonly distribution: StoreDistribution;
  readonly records: number;
  readonly count: number;
  readonly seed: number;
  /** The worker that owns a key, by its low half. */
  readonly ownerOf: (lowHalf: number) => number;
  readonly workers: number;
  /** Each batch in the order of the tree. */
  readonly sorted: boolean;
}

/** Operations drawn beforehand, per worker; a driver goes round and round in them. */
export type Draws = readonly Uint32Array[];

/** One draw after the other, without end. */
export function drawSource(
  options: Pick<DrawOptions, "workload" | "distribution" | "records" | "seed">,
): () => number {
  const { records, seed, workload } = options;
  assert(records <= RECORD_MASK, `at most ${RECORD_MASK} records, got ${records}`);
  const random = seededRandom(seed);
  const next = chooser(options, random);
  return () => next() | (kindOf(workload, random.fraction()) << KIND_SHIFT);
}

/** Draws before measuring, so that it does not cost measured time. Multiples of {@link BATCH_MAX} per worker. */
export function drawOperations(options: DrawOptions): Draws {
  const { count, workers, ownerOf } = options;
  const next = drawSource(options);
  const pools = Array.from({ length: workers }, () => new Uint32Array(count));
  const used = new Array<number>(workers).fill(0);
  for (let i = 0; i < count; i++) {
    const draw = next();
    const worker = workers === 1 ? 0 : ownerOf(lowHalf(recordOf(draw)));
    const at = used[worker] ?? 0;
    (pools[worker] as Uint32Array)[at] = draw;
    used[worker] = at + 1;
  }
  return pools.map((pool, worker) => {
    const whole = (used[worker] ?? 0) - ((used[worker] ?? 0) % BATCH_MAX);
    const own = pool.slice(0, whole);
    if (options.sorted) sortBatches(own);
    return own;
  });
}

function chooser(
  { distribution, records }: Pick<DrawOptions, "distribution" | "records">,
  random: ReturnType<typeof seededRandom>,
): () => number {
  if (distribution === "uniform") return () => random.below(records);
  if (distribution === "zipfian") {
    const ranks = new ZipfianRanks(random, records);
    return () => ranks.next();
  }
  const ranks = scrambledRanks(random);
  return () => (lowHalf(ranks.next() % 2 ** 32) % records) >>> 0;
}

function kindOf({ read, readModifyWrite }: Workload, fraction: number): number {
  if (fraction < read) return DRAW_GET;
  return fraction < read + readModifyWrite ? DRAW_MODIFY : DRAW_PUT;
}

function sortBatches(pool: Uint32Array): void {
  for (let from = 0; from < pool.length; from += BATCH_MAX) {
    const batch = [...pool.subarray(from, from + BATCH_MAX)];
    const path = (draw: number) => reverseBits(lowHalf(draw & RECORD_MASK));
    pool.set(
      batch.sort((a, b) => path(a) - path(b)),
      from,
    );
  }
}

export function recordOf(draw: number): number {
  return draw & RECORD_MASK;
}

export function drawnKind(draw: number): number {
  return draw >>> KIND_SHIFT;
}
