// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { type Distribution, type RecordChooser, recordChooser } from "./distribution.ts";
import { fnvHash64, hashText } from "./fnv.ts";
import { type Random, seededRandom } from "./random.ts";
import type { Workload } from "./workload.ts";

export type OperationKind = "read" | "update" | "insert" | "readModifyWrite";

export interface WorkloadOperation {
  readonly kind: OperationKind;
  /** Number of the record. */
  readonly record: number;
}

export interface OperationStreamOptions {
  readonly workload: Workload;
  readonly distribution: Distribution;
  /** Records loaded before the run. */
  readonly records: number;
  /** Operations of the run, to foresee how many records it inserts. */
  readonly operations: number;
  readonly seed: number;
}

/** Key of a record as YCSB writes it with hashed insert order. */
export function recordKey(record: number): string {
  return `user${hashText(fnvHash64(record))}`;
}

/** Fills values with seeded random bytes: 100 of them cannot be guessed or compressed away by anything in between. */
export function valueSource(seed: number, bytes: number): () => Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const words = Math.ceil(bytes / 4);
  return () => {
    const buffer = new Uint32Array(words);
    for (let i = 0; i < words; i++) buffer[i] = random.u32();
    return new Uint8Array(buffer.buffer, 0, bytes);
  };
}

/**
 * What a read-modify-write writes: the value it read with its first bytes counted up, so that the write depends on the read. A record
 * that was absent or empty gets the fallback.
 */
export function modified(read: Uint8Array | null, fallback: Uint8Array): Uint8Array {
  if (read === null || read.length === 0) return fallback;
  const value = read.slice();
  for (let i = 0; i < value.length; i++) {
    value[i] = ((value[i] ?? 0) + 1) & 0xff;
    if (value[i] !== 0) break;
  }
  return value;
}

/** Cached UTF-8 keys of records, so that a run does not hash the same name a million times. */
export function keyCache(): (record: number) => Uint8Array {
  const keys: Uint8Array[] = [];
  return (record) => {
    let key = keys[record];
    if (key === undefined) {
      key = utf8(recordKey(record));
      keys[record] = key;
    }
    return key;
  };
}

/** The seeded sequence of operations of a workload's run phase. */
export class OperationStream {
  readonly #workload: Workload;
  readonly #random: Random;
  readonly #chooser: RecordChooser;
  #inserted: number;
  #acknowledged: number;

  constructor(options: OperationStreamOptions) {
    const { workload, records, operations, seed } = options;
    this.#workload = workload;
    this.#random = seededRandom(seed);
    // Twice the expected number of inserts, as the core workload does: the random number of them may exceed its mean.
    const expected = Math.floor(operations * workload.insert * 2);
    this.#chooser = recordChooser(options.distribution, this.#random, records + expected);
    this.#inserted = records;
    this.#acknowledged = records;
  }

  /** Records that exist for certain: those up to here may be read. Call when inserts below `records` have been answered. */
  acknowledge(records: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, records);
  }

  /** Records named so far, answered or not. */
  get records(): number {
    return this.#inserted;
  }

  next(): WorkloadOperation {
    const kind = this.#kind();
    if (kind === "insert") return { kind, record: this.#inserted++ };
    return { kind, record: this.#chooser.next(this.#acknowledged) };
  }

  #kind(): OperationKind {
    const { read, update, insert } = this.#workload;
    const draw = this.#random.fraction();
    if (draw < read) return "read";
    if (draw < read + update) return "update";
    return draw < read + update + insert ? "insert" : "readModifyWrite";
  }
}
