// SPDX-License-Identifier: Apache-2.0
/**
 * Is everything back in the tree? A checkpoint names one value, the root, and whoever goes on from it knows nothing else: a record that is
 * anywhere but below the root would be forgotten, and work that is not certified would be believed.
 */
import { assert, ZetaError } from "@zeta/protocol/error";
import { rootHash } from "@zeta/protocol/root-value";
import type { MonitorInstance } from "./instance.ts";
import type { MonitorThread } from "./verdict.ts";

/** What an instance at rest has come to. */
export interface Rest {
  /** The last certified epoch, in which or before which everything happened that the root covers. */
  readonly epoch: number;
  /** Hash of the root. */
  readonly root: Uint8Array;
}

/**
 * The state of an instance of profile `bytes` in which every record is in the tree and every call certified.
 *
 * @param slots of each thread
 * @throws ZetaError `not_at_rest`.
 */
export function restOf(instance: MonitorInstance, slots: number): Rest {
  const epoch = certifiedEpoch(instance.maxCertifiedEpoch);
  const [first] = instance.threads;
  assert(first !== undefined, "at least one thread");
  for (const thread of instance.threads) checkThread(thread, epoch, slots);
  return { epoch, root: rootOf(first) };
}

function certifiedEpoch(epoch: MonitorInstance["maxCertifiedEpoch"]): number {
  if (epoch === null) refuse("a certified epoch", "none yet");
  if (epoch === "error") refuse("an aggregate that certifies", "one that is unusable");
  return epoch;
}

/** The hash of the root, after {@link checkThread} of thread 0. */
function rootOf(first: MonitorThread): Uint8Array {
  const root = first.slot(0);
  assert(root, "the root in slot 0 of thread 0, which it never leaves");
  // No descriptor of the root is marked as deferred, or this throws: what is deferred was evicted in an open epoch, which is excluded before.
  return rootHash(root.value);
}

/** What one thread at rest knows: of several in workers each is asked by itself. */
export interface ThreadRest {
  /** The last epoch that it has committed. */
  readonly epoch: number;
  /** Hash of the root, which thread 0 has; null: another thread. */
  readonly root: Uint8Array | null;
}

/**
 * A thread's own part of {@link restOf}. It has committed its last epoch, so whatever it does later belongs to epochs after that: what all threads
 * of an instance say of one epoch is the state at its end, though they say it one after the other.
 *
 * @throws ZetaError `not_at_rest`.
 */
export function restOfThread(thread: MonitorThread, slots: number): ThreadRest {
  const epoch = thread.lastVerifiedEpoch;
  if (epoch === null) refuse("a committed epoch", "none yet");
  checkThread(thread, epoch, slots);
  return { epoch, root: thread.id === 0 ? rootOf(thread) : null };
}

/**
 * The same as {@link restOf} from what all threads said.
 *
 * @param certified the last certified epoch
 * @throws ZetaError `not_at_rest`.
 */
export function restOfAll(
  threads: readonly ThreadRest[],
  certified: MonitorInstance["maxCertifiedEpoch"],
): Rest {
  const epoch = certifiedEpoch(certified);
  for (const [id, thread] of threads.entries()) {
    if (thread.epoch !== epoch) refuse(`thread ${id} after epoch ${epoch}`, `${thread.epoch}`);
  }
  const root = threads[0]?.root ?? null;
  assert(root !== null, "the root, which thread 0 has");
  return { epoch, root };
}

/** Nothing of this thread is outside the tree or without a certificate. */
function checkThread(thread: MonitorThread, epoch: number, slots: number): void {
  const { id, clock } = thread;
  // A dead thread may have stopped in the middle of an entry.
  if (thread.failed) refuse(`thread ${id} alive`, "a failed one");
  checkClock(thread, epoch);
  // Elements that were added may be lies, those that were evicted are in deferred memory, and what calls wrote nobody has certified. Adds move
  // the clock, so they are seen twice; evicts at the very beginning of the epoch, and calls, do not.
  if (thread.hasOpenWork) refuse(`nothing begun by thread ${id}`, `work in epoch ${clock.epoch}`);
  // In the tree there is only what a record in a slot was before.
  for (let slot = id === 0 ? 1 : 0; slot < slots; slot++) {
    if (thread.slot(slot) !== null) refuse("the root alone in slots", `slot ${slot} of ${id}`);
  }
}

/**
 * All threads stand at the beginning of the epoch after the certified one. One that is further may have committed work in epochs that the
 * others have not: then it counts that work no longer, and the aggregate has not judged it yet.
 */
function checkClock({ id, clock }: MonitorThread, epoch: number): void {
  if (clock.epoch === epoch + 1 && clock.counter === 0) return;
  refuse(`thread ${id} at time ${epoch + 1}.0`, `${clock.epoch}.${clock.counter}`);
}

function refuse(expected: string, got: string): never {
  throw new ZetaError("not_at_rest", `expected ${expected}, got ${got}`);
}
