// SPDX-License-Identifier: Apache-2.0
import type { Static, TSchema } from "typebox";

/** A kind of records: what their keys and values look like. */
export interface RecordKind<Key extends TSchema, Value extends TSchema> {
  readonly key: Key;
  readonly value: Value;
}

export type AnyRecord = RecordKind<TSchema, TSchema>;

/** Up to `max` records of one kind in one call. */
export interface List<Kind extends AnyRecord = AnyRecord> {
  readonly list: Kind;
  readonly max: number;
}

/** What an operation touches, by the names that its function uses. */
export type Touches = Readonly<Record<string, AnyRecord | List>>;

/** A value that is only looked at: functions get such values, and may give them back. */
export type Frozen<Value> = Value extends Uint8Array
  ? Value
  : Value extends object
    ? { readonly [Name in keyof Value]: Frozen<Value[Name]> }
    : Value;

/** What a value of this schema looks like to a service's functions. */
export type ValueOfSchema<Schema extends TSchema> = Frozen<Static<Schema>>;

type KeyOf<Touch> =
  Touch extends List<infer Kind>
    ? readonly ValueOfSchema<Kind["key"]>[]
    : Touch extends AnyRecord
      ? ValueOfSchema<Touch["key"]>
      : never;

type ValueOf<Touch> =
  Touch extends List<infer Kind>
    ? readonly (ValueOfSchema<Kind["value"]> | null)[]
    : Touch extends AnyRecord
      ? ValueOfSchema<Touch["value"]> | null
      : never;

/** The keys of a call's records. */
export type KeysOf<T extends Touches> = { readonly [Name in keyof T]: KeyOf<T[Name]> };

/** The values of a call's records, null where there is none. */
export type ValuesOf<T extends Touches> = { readonly [Name in keyof T]: ValueOf<T[Name]> };

/** New values: null deletes, what is left out stays as it is. */
export type WritesOf<T extends Touches> = { readonly [Name in keyof T]?: ValueOf<T[Name]> };

export interface Outcome<Result, T extends Touches> {
  readonly result: Result;
  readonly writes?: WritesOf<T>;
}

/** Whose signature a call needs, and what it must have signed beside the call. */
export interface Signer {
  /** An Ed25519 public key (`t.publicKey()`). */
  readonly key: Uint8Array;
  /** From 0 on; must be greater after the call, whatever the call answers: else it could be made again without its signer. */
  readonly sequence: number;
}

export interface Operation<Arguments extends TSchema, Result extends TSchema, T extends Touches> {
  readonly arguments: Arguments;
  readonly result: Result;
  readonly touches: T;
  /** The keys of the records that this call touches: 1 to 16, pairwise distinct. They depend on the arguments alone. */
  keys(args: ValueOfSchema<Arguments>): KeysOf<T>;
  /**
   * Whose signature the call needs, by its arguments and records; without it none. The last argument is then `signature: t.signature()`,
   * over all the others. It is asked again with the records as `run` leaves them: `sequence` must have grown.
   */
  signer?(args: ValueOfSchema<Arguments>, records: ValuesOf<T>): Signer;
  /** The pure function. It must not change what it is given; see `fail` for calls that must not happen. */
  run(args: ValueOfSchema<Arguments>, records: ValuesOf<T>): Outcome<ValueOfSchema<Result>, T>;
}

/** An operation whatever its types; only the sandbox and the local interpreter call its functions. */
export interface AnyOperation {
  readonly arguments: TSchema;
  readonly result: TSchema;
  readonly touches: Touches;
  // biome-ignore lint/suspicious/noExplicitAny: an operation of any argument type must fit.
  keys(args: any): Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  signer?(args: any, records: any): Signer;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  run(args: any, records: any): { readonly result: unknown; readonly writes?: object };
}

/** Describes a kind of records. */
export function record<const Key extends TSchema, const Value extends TSchema>(
  kind: RecordKind<Key, Value>,
): RecordKind<Key, Value> {
  return kind;
}

/** In `touches`: not one record of this kind but up to `max`. */
export function list<Kind extends AnyRecord>(kind: Kind, max: number): List<Kind> {
  return { list: kind, max };
}

/** Describes an operation; see `defineService` for an example. */
export function operation<
  const Arguments extends TSchema,
  const Result extends TSchema,
  const T extends Touches,
>(parts: Operation<Arguments, Result, T>): Operation<Arguments, Result, T> {
  return parts;
}
