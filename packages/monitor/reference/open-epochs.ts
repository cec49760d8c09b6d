// SPDX-License-Identifier: Apache-2.0
import { THREAD_EPOCHS_OPEN_MAX } from "@zeta/protocol/limits";
import type { Profile } from "@zeta/protocol/profile";
import type { Timestamp } from "@zeta/protocol/timestamp";
import { EMPTY_SET, type SetSum } from "./set-hash.ts";

/** What a thread remembers of an epoch until it commits it. */
export interface EpochMemory {
  add: SetSum;
  evict: SetSum;
}

/**
 * What was executed in an epoch. Kept apart from the hashes: running a call does not touch the
 * table of `kv64`.
 */
export interface EpochCalls {
  operations: bigint;
  readonly leaves: Uint8Array[];
}

/** How far a thread has come. */
export interface Progress {
  readonly clock: Timestamp;
  readonly lastVerified: number | null;
}

/** The open epochs of a thread: at most 64, by the rule of the profile. */
export class Epochs {
  readonly #profile: Profile;
  readonly #memories = new Map<number, EpochMemory>();
  readonly #calls = new Map<number, EpochCalls>();
  #highest = -1;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** The memory of an epoch, null when the epoch is not addressable (T.ring). */
  at(epoch: number, lastVerified: number | null): EpochMemory | null {
    return this.#profile === "kv64" ? this.#tableOf64(epoch) : this.#window(epoch, lastVerified);
  }

  /**
   * The released monitor's rule: an epoch above all touched before is made fresh and throws out the
   * one 64 before it; any other must still be there. A skipped epoch is therefore lost as soon as a
   * later one is touched.
   */
  #tableOf64(epoch: number): EpochMemory | null {
    if (epoch <= this.#highest) return this.#memories.get(epoch) ?? null;
    for (const known of this.#memories.keys()) {
      const sameCell = known % THREAD_EPOCHS_OPEN_MAX === epoch % THREAD_EPOCHS_OPEN_MAX;
      if (sameCell) this.#memories.delete(known);
    }
    this.#highest = epoch;
    return this.#fresh(epoch);
  }

  /**
   * Profile `bytes`: the 64 epochs after the last committed one; those nobody touched are empty.
   */
  #window(epoch: number, lastVerified: number | null): EpochMemory | null {
    const first = firstOpen(lastVerified);
    if (epoch < first || epoch >= first + THREAD_EPOCHS_OPEN_MAX) return null;
    return this.#memories.get(epoch) ?? this.#fresh(epoch);
  }

  #fresh(epoch: number): EpochMemory {
    const memory = { add: EMPTY_SET, evict: EMPTY_SET };
    this.#memories.set(epoch, memory);
    return memory;
  }

  /**
   * Where a call in the thread's present epoch is counted. A clock that ran more than 64 epochs
   * ahead: profile `bytes` refuses the call (null, T.ring); `kv64` must run it, as the released
   * monitor does, but nobody will ever read that count.
   */
  callsOf({ clock, lastVerified }: Progress): EpochCalls | null {
    if (clock.epoch < firstOpen(lastVerified) + THREAD_EPOCHS_OPEN_MAX) {
      return this.calls(clock.epoch);
    }
    return this.#profile === "kv64" ? { operations: 0n, leaves: [] } : null;
  }

  /** Was anything added, evicted or called in an epoch after the last committed one? */
  hasOpenWork(lastVerified: number | null): boolean {
    const isOpen = ([epoch]: readonly [number, unknown]) => epoch >= firstOpen(lastVerified);
    const elements = [...this.#memories].filter(isOpen);
    const calls = [...this.#calls].filter(isOpen);
    return (
      elements.some(([, { add, evict }]) => add.count + evict.count > 0n) ||
      calls.some(([, { operations }]) => operations > 0n)
    );
  }

  calls(epoch: number): EpochCalls {
    const known = this.#calls.get(epoch);
    if (known !== undefined) return known;
    const calls = { operations: 0n, leaves: [] };
    this.#calls.set(epoch, calls);
    return calls;
  }
}

/** The next epoch a thread has to commit. */
export function firstOpen(lastVerified: number | null): number {
  return lastVerified === null ? 0 : lastVerified + 1;
}
