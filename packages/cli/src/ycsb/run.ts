// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import type { Progress } from "../output/progress.ts";
import { CertificationClock } from "./certification-clock.ts";
import type { Distribution } from "./distribution.ts";
import {
  keyCache,
  modified,
  OperationStream,
  valueSource,
  type WorkloadOperation,
} from "./operations.ts";
import { Percentiles } from "./percentiles.ts";
import { type Random, seededRandom } from "./random.ts";
import type { Target, TargetAnswer, TargetCall } from "./target.ts";
import type { Workload } from "./workload.ts";

export interface RunOptions {
  readonly workload: Workload;
  readonly distribution: Distribution;
  readonly records: number;
  readonly operations: number;
  readonly valueBytes: number;
  /** Operations in one request. */
  readonly batch: number;
  /** Requests under way at the same time. */
  readonly inFlight: number;
  /** About how many answers of the run are verified with their receipts. */
  readonly samples: number;
  readonly seed: number;
}

/** What a run found out; `zeta ycsb --json` prints it. */
export interface RunReport {
  readonly workload: string;
  readonly distribution: Distribution;
  readonly records: number;
  readonly valueBytes: number;
  readonly operations: number;
  /** Calls of the service: a read-modify-write is one operation and two calls. */
  readonly calls: number;
  readonly loadSeconds: number;
  /** From the first request of the run phase to its last answer. */
  readonly seconds: number;
  readonly operationsPerSecond: number;
  /** Epochs certified from the start of loading to the end. */
  readonly epochs: number;
  readonly certifiedEpoch: number;
  /** The epoch of the last answer and every one before it are certified. */
  readonly certified: boolean;
  /** Answers verified with their receipts. */
  readonly receiptsVerified: number;
  readonly batch: number;
  readonly inFlight: number;
  readonly seed: number;
  readonly latency: { readonly p50_us: number; readonly p99_us: number };
  readonly certification: { readonly p50_ms: number; readonly p99_ms: number };
}

/** A write that follows a read of the same record. */
interface PendingWrite {
  readonly record: number;
  readonly read: Uint8Array | null;
  readonly startedAt: number;
}

/** Loads the records, runs the workload, waits until everything is certified. */
export async function runWorkload(
  target: Target,
  options: RunOptions,
  progressOf: (title: string, total: number) => Progress,
): Promise<RunReport> {
  return new WorkloadRun(target, options).run(progressOf);
}

class WorkloadRun {
  readonly #target: Target;
  readonly #options: RunOptions;
  readonly #stream: OperationStream;
  readonly #sampling: Random;
  readonly #keyOf = keyCache();
  readonly #nextValue: () => Uint8Array;
  readonly #latency = new Percentiles();
  readonly #clock = new CertificationClock();
  readonly #answeredInserts = new Set<number>();
  #acknowledged: number;
  #drawn = 0;
  #done = 0;
  #calls = 0;
  #lastEpoch = 0;

  constructor(target: Target, options: RunOptions) {
    this.#target = target;
    this.#options = options;
    this.#stream = new OperationStream(options);
    this.#acknowledged = options.records;
    // Independent streams: how many values are drawn must not change which records are chosen.
    this.#sampling = seededRandom(options.seed + 1);
    this.#nextValue = valueSource(options.seed + 2, options.valueBytes);
  }

  async run(progressOf: (title: string, total: number) => Progress): Promise<RunReport> {
    this.#target.onCertified((epoch) => this.#clock.certified(epoch, performance.now()));
    const { records, operations } = this.#options;
    const start = performance.now();
    await this.#inParallel(progressOf("load", records), (progress) => this.#load(progress));
    const loaded = performance.now();
    this.#calls = 0;
    this.#done = 0;
    const title = `workload ${this.#options.workload.name}`;
    await this.#inParallel(progressOf(title, operations), (progress) => this.#work(progress));
    const finished = performance.now();
    const receiptsVerified = await this.#target.settle(this.#lastEpoch);
    return this.#report((loaded - start) / 1000, (finished - loaded) / 1000, receiptsVerified);
  }

  async #inParallel(
    progress: Progress,
    worker: (progress: Progress) => Promise<void>,
  ): Promise<void> {
    this.#drawn = 0;
    try {
      await Promise.all(Array.from({ length: this.#options.inFlight }, () => worker(progress)));
    } finally {
      progress.end();
    }
  }

  async #load(progress: Progress): Promise<void> {
    const { records, batch } = this.#options;
    while (this.#drawn < records) {
      const first = this.#drawn;
      this.#drawn = Math.min(records, first + batch);
      const calls = Array.from({ length: this.#drawn - first }, (_, i) =>
        this.#put(first + i, this.#nextValue(), false),
      );
      await this.#send(calls);
      this.#done += calls.length;
      progress.advance(this.#done);
    }
  }

  async #work(progress: Progress): Promise<void> {
    let writes: readonly PendingWrite[] = [];
    while (writes.length > 0 || this.#drawn < this.#options.operations) {
      const operations = this.#draw(this.#options.batch - writes.length);
      const calls = [
        ...writes.map(({ record, read }) =>
          this.#put(record, modified(read, this.#nextValue()), this.#isSampled()),
        ),
        ...operations.map((operation) => this.#callOf(operation)),
      ];
      const startedAt = performance.now();
      const answers = await this.#send(calls);
      const now = performance.now();
      for (const write of writes) this.#latency.add(now - write.startedAt);
      const finished = operations.filter(({ kind }) => kind !== "readModifyWrite").length;
      if (finished > 0) this.#latency.add(now - startedAt, finished);
      this.#done += finished + writes.length;
      this.#acknowledge(operations);
      writes = followUps(operations, answers.slice(writes.length), startedAt);
      progress.advance(this.#done, this.#remark());
    }
  }

  #remark(): string {
    const { certifiedEpoch } = this.#clock;
    return certifiedEpoch < 0 ? "no epoch certified yet" : `certified epoch ${certifiedEpoch}`;
  }

  #draw(atMost: number): readonly WorkloadOperation[] {
    const count = Math.min(atMost, this.#options.operations - this.#drawn);
    this.#drawn += count;
    return Array.from({ length: count }, () => this.#stream.next());
  }

  #callOf({ kind, record }: WorkloadOperation): TargetCall {
    if (kind === "update" || kind === "insert") {
      return this.#put(record, this.#nextValue(), this.#isSampled());
    }
    const key = this.#keyOf(record);
    return { operation: "get", key, value: NO_VALUE, sample: this.#isSampled() };
  }

  #put(record: number, value: Uint8Array, sample: boolean): TargetCall {
    return { operation: "put", key: this.#keyOf(record), value, sample };
  }

  #isSampled(): boolean {
    return this.#sampling.fraction() * this.#options.operations < this.#options.samples;
  }

  async #send(calls: readonly TargetCall[]): Promise<readonly TargetAnswer[]> {
    const answers = await this.#target.batch(calls);
    assert(answers.length === calls.length, `${calls.length} answers, got ${answers.length}`);
    const now = performance.now();
    this.#calls += calls.length;
    // A batch may run across the end of an epoch.
    let from = 0;
    for (let i = 1; i <= answers.length; i++) {
      const epoch = answers[from]?.epoch ?? 0;
      if (answers[i]?.epoch === epoch) continue;
      this.#clock.answered(epoch, i - from, now);
      this.#lastEpoch = Math.max(this.#lastEpoch, epoch);
      from = i;
    }
    return answers;
  }

  /** Inserts are answered out of order; a record may be read once all before it are there. */
  #acknowledge(operations: readonly WorkloadOperation[]): void {
    for (const { kind, record } of operations) {
      if (kind === "insert") this.#answeredInserts.add(record);
    }
    while (this.#answeredInserts.delete(this.#acknowledged)) this.#acknowledged++;
    this.#stream.acknowledge(this.#acknowledged);
  }

  #report(loadSeconds: number, seconds: number, receiptsVerified: number): RunReport {
    const { workload, distribution, records, operations, valueBytes, batch, inFlight, seed } =
      this.#options;
    const [latency50, latency99] = this.#latency.at(0.5, 0.99);
    const [wait50, wait99] = this.#clock.waits.at(0.5, 0.99);
    return {
      workload: workload.name,
      distribution,
      records,
      valueBytes,
      operations,
      calls: this.#calls,
      loadSeconds: rounded(loadSeconds, 3),
      seconds: rounded(seconds, 3),
      operationsPerSecond: Math.round(operations / seconds),
      epochs: this.#clock.epochs,
      certifiedEpoch: this.#clock.certifiedEpoch,
      certified: this.#clock.certifiedEpoch >= this.#lastEpoch,
      receiptsVerified,
      batch,
      inFlight,
      seed,
      latency: {
        p50_us: Math.round(1000 * (latency50 ?? 0)),
        p99_us: Math.round(1000 * (latency99 ?? 0)),
      },
      certification: { p50_ms: rounded(wait50 ?? 0, 1), p99_ms: rounded(wait99 ?? 0, 1) },
    };
  }
}

const NO_VALUE = new Uint8Array(0);

function followUps(
  operations: readonly WorkloadOperation[],
  answers: readonly TargetAnswer[],
  startedAt: number,
): readonly PendingWrite[] {
  const writes: PendingWrite[] = [];
  operations.forEach(({ kind, record }, i) => {
    if (kind !== "readModifyWrite") return;
    writes.push({ record, read: answers[i]?.value ?? null, startedAt });
  });
  return writes;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
