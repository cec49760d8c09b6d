// SPDX-License-Identifier: Apache-2.0
import type { Codec, Shape } from "./codec/codec.ts";
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
  /** The service's name, which callers sign. */
  readonly service: string;
  /** Does a call need a signature? */
  readonly signed: boolean;
  /** Of the objects that have a member for each touch: keys, records, writes. */
  readonly shape: Shape;
}

export interface ProgramTouch {
  readonly name: string;
  readonly record: RecordCodec;
  /** Null: one record. */
  readonly max: number | null;
}
