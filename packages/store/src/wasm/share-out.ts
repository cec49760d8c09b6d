// SPDX-License-Identifier: Apache-2.0
/**
 * Shares the tree out among workers: thread 0 makes a node for each group of keys, hands these nodes over to deferred memory, and each
 * worker takes its own from there (PROTOCOL §1, H4). From then on a worker needs nothing of the others: whatever happens to its keys happens
 * below its own nodes.
 */
import { assert } from "@zeta/protocol/error";
import type { Profile } from "@zeta/protocol/profile";
import { Crown } from "./crown.ts";

/** Workers of one instance: 2^10 groups of keys, sixteen for each. */
export const WORKERS_MAX = 64;
/** Groups per worker, or a little more: enough for shares of nearly one size when workers are not a power of two. */
const GROUPS_PER_WORKER_LOG2 = 4;
/** The most bits by which groups of keys are told apart; `assembly/profile.ts` has the same number. */
export const GROUP_BITS_MAX = 10;

/** What one of several workers owns. */
export interface StoreShare {
  /** Number of this worker's monitor thread. */
  readonly thread: number;
  /** Keys that agree in so many low bits are a group. */
  readonly groupBits: number;
  readonly groups: readonly OwnedGroup[];
  /** The counter in epoch 0 at which thread 0 had handed out all groups. */
  readonly beginsAt: number;
}

export interface OwnedGroup {
  /** The low bits of its keys. */
  readonly group: number;
  /** The counter in epoch 0 at which thread 0 evicted its node, if the service begins with an empty store. */
  readonly time: number;
}

export interface ShareOut {
  /** Keys that agree in so many low bits are a group; 0 with one worker. */
  readonly groupBits: number;
  /** By worker; undefined if there is only one, which owns the whole tree. */
  readonly shares: readonly (StoreShare | undefined)[];
  /** What thread 0 logs before anything else; empty with one worker. */
  readonly prologue: Uint8Array;
  /** The worker that owns a key, by the first 32 bits of its path; `kv64`: by the low half of the key. */
  ownerOf(pathBits: number): number;
}

/**
 * @example
 * const { shares, prologue } = shareOut(2, "kv64");
 * monitor.verifyLog(0, prologue);
 * const stores = shares.map((share) => new Kv64Store({ module, slots, recordsMax, share }));
 */
export function shareOut(workers: number, profile: Profile): ShareOut {
  assert(
    Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX,
    `1..${WORKERS_MAX} workers, got ${workers}`,
  );
  if (workers === 1) {
    return { groupBits: 0, shares: [undefined], prologue: new Uint8Array(0), ownerOf: () => 0 };
  }
  const groupBits = Math.ceil(Math.log2(workers)) + GROUPS_PER_WORKER_LOG2;
  const groupCount = 2 ** groupBits;
  const owners = dealOut(groupCount, workers);
  const { log: prologue, times } = Crown.empty(groupBits, profile).handOut(0);
  const groupsOf = (worker: number): OwnedGroup[] =>
    times.flatMap((time, group) => (owners[group] === worker ? [{ group, time }] : []));
  const shares = Array.from({ length: workers }, (_, thread) => {
    return { thread, groupBits, groups: groupsOf(thread), beginsAt: groupCount };
  });
  return { groupBits, shares, prologue, ownerOf: (bits) => owners[bits & (groupCount - 1)] ?? 0 };
}

/**
 * Owners of the groups. Neighbours, and groups that share low bits, as multiples of some number do, go to different workers: the fractional
 * parts of multiples of the golden ratio are spread evenly, so they are put in order and cut into equal pieces.
 */
function dealOut(groupCount: number, workers: number): Uint8Array {
  const place = (group: number) => (group * 0.6180339887498949) % 1;
  const order = Array.from({ length: groupCount }, (_, group) => group).sort(
    (a, b) => place(a) - place(b),
  );
  const owners = new Uint8Array(groupCount);
  for (const [rank, group] of order.entries()) {
    owners[group] = Math.floor((rank * workers) / groupCount);
  }
  return owners;
}
