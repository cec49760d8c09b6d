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
  /** Are longer epochs tried until one is kept? */
  readonly lengthens: boolean;
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
 * Into the tree and out of it costs a record about as much as so many renewals: that often it must be used to be worth them. A node in
 * deferred memory costs two elements of three blocks per epoch, about as much as its way out of the tree and back into it: it must be used in
 * nearly every epoch. Demotions are bounded so that they take a part of an epoch only.
 */
const WARMTH_LARGE: WarmthPolicy = { recordEpochs: 24, nodeEpochs: 1, demotionsMax: 1 << 17 };
/** Of ten million records, loaded last, about as many are used that often. */
const WARM_OF_LARGE = 2.5 * MILLION;
/** Epochs until what is warm has come to rest. */
const SETTLE_EPOCHS_LARGE = WARMTH_LARGE.recordEpochs;

const USUAL: Omit<Setting, "warmth"> = {
  workload: "a",
  distribution: "zipfian",
  records: MILLION,
  epochMs: 1000,
  lengthens: false,
  workers: 1,
  placement: "hybrid",
  slots: 16_384,
};

/** YCSB A, zipfian, one million records, one worker, epochs of a second, except for what is said otherwise. */
export function setting(differences: Partial<Setting> = {}): Setting {
  const merged = { ...USUAL, ...differences };
  return { warmth: isLarge(merged) ? WARMTH_LARGE : WARMTH_SMALL, ...merged };
}

/** Are there so many records that what is drawn must not repeat? Records would come again in its rhythm. */
export function isLarge({ records }: Pick<Setting, "records">): boolean {
  return records >= LARGE;
}

/** How many records, the most popular ones, loading leaves in deferred memory; the others it leaves in the tree: about where work would have brought them. */
export function warmAtStart({ placement, records, warmth }: Setting): number {
  if (placement === "deferred") return records;
  if (placement !== "hybrid" || warmth.recordEpochs < 16) return 0;
  return isLarge({ records }) ? WARM_OF_LARGE : records;
}

/** Epochs, besides those that the engine needs, before the first that counts. */
export function epochsToSettle(setting: Setting): number {
  return isLarge(setting) && setting.placement === "hybrid" ? SETTLE_EPOCHS_LARGE : 0;
}
