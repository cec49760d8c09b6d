// SPDX-License-Identifier: Apache-2.0
import { fnvHash64, hashModulo } from "./fnv.ts";
import type { Random } from "./random.ts";
import { scrambledRanks, ZipfianRanks } from "./zipfian.ts";

export const DISTRIBUTIONS = ["zipfian", "uniform", "latest"] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Chooses which record a request is about. */
export interface RecordChooser {
  /** A record number in [0, records). `records`: how many are known to exist now; never shrinks. */
  next(records: number): number;
}

/**
 * The request distributions of the YCSB core workloads.
 *
 * @param keySpace records at the start plus those expected to be inserted: `zipfian` spreads its popularity over all of them, so that
 * inserts do not move it, and draws again when a record is not there yet.
 */
export function recordChooser(
  distribution: Distribution,
  random: Random,
  keySpace: number,
): RecordChooser {
  switch (distribution) {
    case "uniform":
      return { next: (records) => random.below(records) };
    case "latest":
      return latestChooser(random);
    case "zipfian":
      return scrambledChooser(random, keySpace);
  }
}

/** Popular records lie scattered: the rank is hashed into the key space (`ScrambledZipfianGenerator`). */
function scrambledChooser(random: Random, keySpace: number): RecordChooser {
  const ranks = scrambledRanks(random);
  return {
    next(records) {
      for (;;) {
        const record = hashModulo(fnvHash64(ranks.next()), keySpace);
        if (record < records) return record;
      }
    },
  };
}

/** The newest record is the most popular one (`SkewedLatestGenerator`). */
function latestChooser(random: Random): RecordChooser {
  let ranks: ZipfianRanks | null = null;
  return {
    next(records) {
      ranks ??= new ZipfianRanks(random, records);
      ranks.growTo(records);
      return records - 1 - ranks.next();
    },
  };
}
