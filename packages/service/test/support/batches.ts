// SPDX-License-Identifier: Apache-2.0
import { BatchSealer, type BatchSealerOptions } from "../../src/batches/batch-sealer.ts";
import type { BatchSink, SealedBatch } from "../../src/batches/sealed-batch.ts";
import { ManualClock } from "./manual-clock.ts";

/** Takes batches into memory; `fail` makes the next attempts fail. */
export class MemorySink implements BatchSink {
  readonly batches: SealedBatch[] = [];
  attempts = 0;
  fail = 0;
  isClosed = false;

  async last() {
    const last = this.batches.at(-1);
    return last === undefined ? null : { number: last.header.number, root: last.header.root };
  }

  async put(batch: SealedBatch): Promise<void> {
    this.attempts++;
    if (this.fail > 0) {
      this.fail--;
      throw new Error("the sink is down");
    }
    this.batches.push(batch);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export const SHAPE = { threads: 1, slots: 64, valueMemoryBytes: 64 << 20 };

/** A sealer over a sink in memory, for a test service of 64 slots. */
export async function sealerFor(
  sink: BatchSink,
  options: Partial<BatchSealerOptions> = {},
): Promise<{ sealer: BatchSealer; clock: ManualClock }> {
  const clock = new ManualClock();
  const sealer = await BatchSealer.open({ sink, serviceId: "kv", shape: SHAPE, clock, ...options });
  return { sealer, clock };
}

/** Turns of the event loop until a condition holds; the test's time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
