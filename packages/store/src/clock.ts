// SPDX-License-Identifier: Apache-2.0
import { type BaseKey, compareBaseKeys, ROOT } from "@zeta/protocol/base-key";
import { assert } from "@zeta/protocol/error";
import { COUNTER_MAX, EPOCH_MAX } from "@zeta/protocol/timestamp";

/** Mirror of the monitor thread's clock and last evicted key (PROTOCOL §5). */
export class MonitorClock {
  epoch = 0;
  counter = 0;
  /**
   * The key that breaks ties of equal timestamps: the last one evicted at the present time, the
   * root if none was.
   */
  #lastKey: BaseKey = ROOT;

  /** AddB of an element evicted at this time: the clock ends up beyond it (B.clock, B.lekreset). */
  advanceBeyond(epoch: number, counter: number): void {
    if (epoch < this.epoch || (epoch === this.epoch && counter < this.counter)) return;
    assert(counter < COUNTER_MAX, `a counter below ${COUNTER_MAX}`);
    this.epoch = epoch;
    this.counter = counter + 1;
    this.#lastKey = ROOT;
  }

  /**
   * Moves to the earliest time at which `key` may be evicted: now, if the key is beyond the last
   * one, else one later (V.time).
   */
  tickFor(key: BaseKey): void {
    if (compareBaseKeys(key, this.#lastKey) <= 0) {
      // The next AddB of this element needs one more.
      assert(this.counter + 1 < COUNTER_MAX, `a counter below ${COUNTER_MAX}`);
      this.counter++;
    }
    this.#lastKey = key;
  }

  nextEpoch(): void {
    assert(this.epoch < EPOCH_MAX, `an epoch below ${EPOCH_MAX}`);
    this.epoch++;
    this.counter = 0;
    this.#lastKey = ROOT;
  }
}
