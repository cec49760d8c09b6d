// SPDX-License-Identifier: Apache-2.0
import type { Codec } from "./codec/codec.ts";
import type { RecordCodec } from "./record-codec.ts";

/** One operation, compiled. */
export interface ProgramOperation {
  readonly number: number;
  readonly name: string;
  readonly workflow: string | null;
  readonly arguments: Codec;
  readonly result: Codec;
  readonly touches: readonly ProgramTouch[];
  /** Is one of the touches a list? If none is, its records are the touches, one each. */
  readonly hasLists: boolean;
  /** Makes the object of records that the function gets. */
  readonly records: (...values: unknown[]) => object;
}

export interface ProgramTouch {
  readonly name: string;
  readonly record: RecordCodec;
  /** Null: one record. */
  readonly max: number | null;
}
