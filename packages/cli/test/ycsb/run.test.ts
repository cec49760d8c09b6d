// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { type RunOptions, runWorkload } from "../../src/ycsb/run.ts";
import type { Target, TargetAnswer, TargetCall } from "../../src/ycsb/target.ts";
import { WORKLOADS } from "../../src/ycsb/workload.ts";

const OPTIONS: RunOptions = {
  workload: WORKLOADS.a,
  distribution: "zipfian",
  records: 500,
  operations: 4000,
  valueBytes: 100,
  batch: 64,
  inFlight: 3,
  samples: 100,
  seed: 5,
};

const silent = () => ({ advance: () => {}, end: () => {} });

/** A map that certifies an epoch after every tenth batch. */
class MapTarget implements Target {
  readonly map = new Map<string, Uint8Array>();
  readonly largestBatch: number[] = [];
  missing = 0;
  samples = 0;
  closed = 0;
  #epoch = 0;
  #batches = 0;
  #listener: (epoch: number) => void = () => {};

  async batch(calls: readonly TargetCall[]): Promise<readonly TargetAnswer[]> {
    this.largestBatch[0] = Math.max(this.largestBatch[0] ?? 0, calls.length);
    await new Promise((resolve) => setImmediate(resolve));
    const answers = calls.map((call) => this.#answer(call));
    if (++this.#batches % 10 === 0) this.#listener(this.#epoch++);
    return answers;
  }

  #answer({ operation, key, value, sample }: TargetCall): TargetAnswer {
    const name = Buffer.from(key).toString("latin1");
    if (sample) this.samples++;
    const before = this.map.get(name) ?? null;
    if (operation === "put") this.map.set(name, value);
    else if (before === null) this.missing++;
    return { epoch: this.#epoch, value: operation === "get" ? before : null };
  }

  onCertified(listener: (epoch: number) => void): void {
    this.#listener = listener;
  }

  async settle(epoch: number): Promise<number> {
    while (this.#epoch <= epoch) this.#listener(this.#epoch++);
    return this.samples;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

describe("a workload run", () => {
  it.each(Object.values(WORKLOADS))(
    "$name reads only what was loaded or inserted",
    async (workload) => {
      const target = new MapTarget();
      const { distribution } = workload;
      const report = await runWorkload(target, { ...OPTIONS, workload, distribution }, silent);
      expect(target.missing).toBe(0);
      expect(target.largestBatch[0]).toBe(OPTIONS.batch);
      expect(report).toMatchObject({
        workload: workload.name,
        records: 500,
        operations: 4000,
        certified: true,
        receiptsVerified: target.samples,
      });
      expect(report.calls).toBeGreaterThanOrEqual(4000);
      expect(report.epochs).toBe(report.certifiedEpoch + 1);
      expect(Math.abs(target.samples - OPTIONS.samples)).toBeLessThan(60);
    },
  );

  it("a read-modify-write is one operation and two calls, and writes what it read", async () => {
    const target = new MapTarget();
    const options = { ...OPTIONS, records: 1, operations: 300, batch: 1, inFlight: 1, samples: 0 };
    const loaded = new MapTarget();
    await runWorkload(loaded, { ...options, operations: 1, workload: WORKLOADS.c }, silent);
    const report = await runWorkload(target, { ...options, workload: WORKLOADS.f }, silent);
    const modifications = report.calls - report.operations;
    expect(modifications).toBeGreaterThan(100);
    const [before] = loaded.map.values();
    const [after] = target.map.values();
    // The value's first bytes are a little-endian counter of the modifications.
    const counter = (value: Uint8Array) => value[0]! + 256 * value[1]! + 65_536 * value[2]!;
    expect((counter(after!) - counter(before!) + 2 ** 24) % 2 ** 24).toBe(modifications);
  });

  it("measures what its JSON shape promises", async () => {
    const report = await runWorkload(new MapTarget(), OPTIONS, silent);
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining([
        "workload",
        "records",
        "operations",
        "seconds",
        "operationsPerSecond",
        "epochs",
        "certifiedEpoch",
        "certified",
        "latency",
        "certification",
      ]),
    );
    expect(report.latency.p99_us).toBeGreaterThanOrEqual(report.latency.p50_us);
    expect(report.certification.p99_ms).toBeGreaterThanOrEqual(report.certification.p50_ms);
  });

  it("is not certified when the target stops certifying", async () => {
    const target = new MapTarget();
    target.settle = async () => 0;
    target.onCertified = () => {};
    expect((await runWorkload(target, OPTIONS, silent)).certified).toBe(false);
  });
});
