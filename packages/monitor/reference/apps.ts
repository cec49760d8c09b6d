// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCall } from "@zeta/protocol/call";
import { blake3Digest } from "@zeta/protocol/digest";
import { isZetaError } from "@zeta/protocol/error";
import { applyKv, decodeKvArgument, encodeKvResult, KV_FUNCTIONS, kvKeys } from "@zeta/protocol/kv";
import { Refusal } from "./rules.ts";

/** What the host asks to execute: which function, on which slots, with which argument. */
export interface PreparedCall {
  /** The client's own random number; null when nobody wants a receipt. */
  readonly requestId: Uint8Array | null;
  readonly slots: readonly number[];
  /** The record key that each slot must hold (R.key); null: any. */
  readonly keys: readonly (Uint8Array | null)[];
  readonly argument: Uint8Array;
  /**
   * The pure function on the records' values, null for absent ones. Null: this call must not have
   * happened (R.fail).
   */
  run(before: readonly (Uint8Array | null)[]): Outcome | null;
}

export interface Outcome {
  readonly result: Uint8Array;
  readonly after: readonly (Uint8Array | null)[];
}

/** Parses the payload of one function. Throws a Refusal R.consume unless it is exactly one call. */
export type Prepare = (payload: Uint8Array, rules: { consumeAll: boolean }) => PreparedCall;

/** The functions of a service, by their number in the log. */
export type FunctionTable = ReadonlyMap<number, Prepare>;

/**
 * Profile `kv64`: u64 key, u64 value, u16 slot. `vget` (0) states what the record holds, `vput` (1)
 * says what it shall hold.
 */
export const KV64_FUNCTIONS: FunctionTable = new Map([
  [0, kv64Call((before, value) => (before !== null && equalBytes(before, value) ? before : null))],
  [1, kv64Call((_before, value) => value)],
]);

function kv64Call(
  evaluate: (before: Uint8Array | null, value: Uint8Array) => Uint8Array | null,
): Prepare {
  return (payload, { consumeAll }) => {
    if (payload.length < 18 || (consumeAll && payload.length > 18)) throw new Refusal("R.consume");
    const reader = new ByteReader(payload);
    const key = reader.bytes(8, "key");
    const value = reader.bytes(8, "value");
    return {
      requestId: null,
      slots: [reader.u16("slot")],
      keys: [key],
      argument: payload,
      run([before = null]) {
        const after = evaluate(before, value);
        return after === null ? null : { result: new Uint8Array(0), after: [after] };
      },
    };
  };
}

/**
 * Profile `bytes`: get, put, delete and transact of the built-in key-value service (docs/formats.md
 * §2). None of them can fail.
 */
export const KV_BYTES_FUNCTIONS: FunctionTable = new Map(
  KV_FUNCTIONS.map((_name, number) => [number, kvBytesCall(number)]),
);

function kvBytesCall(number: number): Prepare {
  return (payload) => {
    try {
      const call = decodeCall(payload);
      const operation = decodeKvArgument(number, call.argument);
      const keys = kvKeys(operation).map(blake3Digest);
      if (call.slots.length !== keys.length) throw new Refusal("R.consume");
      return {
        ...call,
        keys,
        run(before) {
          const { result, after } = applyKv(operation, before);
          return { result: encodeKvResult(result), after };
        },
      };
    } catch (error) {
      throw isZetaError(error) ? new Refusal("R.consume") : error;
    }
  };
}
