// SPDX-License-Identifier: Apache-2.0
import type { Kv64Placement, WarmthPolicy } from "@zeta/store/wasm/kv64-store";
import type { WorkloadName } from "../../ycsb/workload.ts";
import type { StoreDistribution } from "./draws.ts";

/** One configuration that can be measured. */
export interface Setting {
  readonly workload: WorkloadName;
  readonly distribution: StoreDistribution;
  readonly records: number;
  readonly epochMs: number;
  readonly workers: number;
  readonly placement: Kv64Placement;
  /** Slots of each monitor thread. */
  readonly slots: number;
  readonly warmth: WarmthPolicy;
}

const MILLION = 1_000_000;

/** From so many records on, some are so rarely used that they are better off in the tree. */
const LARGE = 4 * MILLION;

/** Warm for as long as a minute of epochs: with so few records all of them are used in that time. */
const WARMTH_SMALL: WarmthPolicy = { recordEpochs: 64, nodeEpochs: 2, demotionsMax: 1 << 16 };
/**
 * Warm for two minutes. Into the tree and out of it is taken to cost a record as much as so many renewals, and whoever waits that long before
 * giving it up pays at most twice what the best choice in hindsight would have cost (ski rental). A node in deferred memory costs two elements
 * of three blocks per epoch, about as much as its way out of the tree and back into it: it must be used in nearly every epoch.
 */
const WARMTH_LARGE: WarmthPolicy = { recordEpochs: 128, nodeEpochs: 1, demotionsMax: 1 << 18 };
/** Of so many records, loaded last, are about as many as will be used in that time. */
const WARM_OF_LARGE = 8 * MILLION;

const USUAL: Omit<Setting, "warmth"> = {
  workload: "a",
  distribution: "zipfian",
  records: MILLION,
  epochMs: 1000,
  workers: 1,
  placement: "hybrid",
  slots: 16_384,
};

/** YCSB A, zipfian, one million records, one worker, epochs of a second, except for what is said otherwise. */
export function setting(differences: Partial<Setting> = {}): Setting {
  const merged = { ...USUAL, ...differences };
  return { warmth: merged.records >= LARGE ? WARMTH_LARGE : WARMTH_SMALL, ...merged };
}

/** How many records, the most popular ones, loading leaves in deferred memory; the others it leaves in the tree: where work would have brought them. */
export function warmAtStart({ placement, records, warmth }: Setting): number {
  if (placement === "deferred") return records;
  if (placement !== "hybrid" || warmth.recordEpochs < 16) return 0;
  return records >= LARGE ? WARM_OF_LARGE : records;
}
