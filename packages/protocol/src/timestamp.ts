// SPDX-License-Identifier: Apache-2.0
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Lamport time of a monitor thread: two u32. */
export interface Timestamp {
  readonly epoch: number;
  readonly counter: number;
}

export const COUNTER_MAX = 0xffff_ffff;
export const EPOCH_MAX = 0xffff_ffff;

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.epoch !== b.epoch ? a.epoch - b.epoch : a.counter - b.counter;
}

export function writeTimestamp(writer: ByteWriter, time: Timestamp): void {
  writer.u32(time.epoch).u32(time.counter);
}

export function readTimestamp(reader: ByteReader): Timestamp {
  const epoch = reader.u32("epoch");
  return { epoch, counter: reader.u32("counter") };
}
