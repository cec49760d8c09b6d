// SPDX-License-Identifier: Apache-2.0
import { cpus, totalmem } from "node:os";
import { assert } from "@zeta/protocol/error";

/** One measurement beside the baseline that was measured in the same process. */
export interface BenchRow {
  readonly id: string;
  readonly value: number;
  /** `ms`, `ns/op` and `B` (bytes a record): less is better. Of all others more is. */
  readonly unit: "op/s" | "ms" | "ns/op" | "B" | "%" | "proofs/s";
  readonly baseline: string;
  readonly baselineValue: number;
  /** value / baselineValue. */
  readonly ratio: number;
  /** The value is the median of this many runs. */
  readonly runs: number;
  /** What was measured also gave the right answer: every epoch was certified, every quote got its verdict. */
  readonly certified: boolean;
  /** What else a reader must know of it, a sentence each. */
  readonly remarks?: readonly string[];
}

export interface BenchOptions {
  /** A shorter run of the same kind. */
  readonly quick: boolean;
  /** Told what is being done, for people who wait. */
  readonly say: (line: string) => void;
}

/** Something that can be measured: adding a row to the bench means adding one of these to a list. */
export interface Bench {
  readonly id: string;
  readonly title: string;
  run(options: BenchOptions): Promise<BenchRow>;
}

/** The middle of an odd number of runs: robust against one that the machine disturbed. */
export function median(values: readonly number[]): number {
  assert(values.length % 2 === 1, `expected an odd number of runs, got ${values.length}`);
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? 0;
}

/** What a reader must know to compare figures. */
export function machine(): Readonly<Record<string, string | number>> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}
