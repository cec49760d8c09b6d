// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { CallError } from "./call-error.ts";
import { Reader } from "./codec/reader.ts";
import { Writer } from "./codec/writer.ts";
import { CALL_BYTES_MAX } from "./limits.ts";
import type { PreparedCall } from "./prepared-call.ts";
import type { Program } from "./program.ts";

/** What a call makes of its records: the shape that the store expects of a function. */
export interface CallOutcome {
  readonly result: Uint8Array;
  /** Afterwards, in the order of the keys; null: absent. */
  readonly values: readonly (Uint8Array | null)[];
}

/** A call in bytes: keys first, then values in and outcome out. */
export interface RunningCall {
  readonly keys: readonly Uint8Array[];
  apply(values: readonly (Uint8Array | null)[]): CallOutcome;
}

const reader = new Reader();
/** One outcome in bytes: the result, then each written value. */
const writer = new Writer(new Uint8Array(CALL_BYTES_MAX));

/**
 * Reads a call's argument and gives its keys; `apply` then runs the function, twice, and refuses one that does not answer the same. This is
 * the untrusted side: the monitor reads and runs the same bytes by itself.
 *
 * @throws CallError or CallFailed, from here and from `apply`: then the call must not happen.
 */
export function runCall(program: Program, number: number, argument: Uint8Array): RunningCall {
  if (argument.length > CALL_BYTES_MAX) {
    const expected = `expected an argument of at most ${CALL_BYTES_MAX} bytes`;
    throw new CallError("invalid_argument", `${expected}, got ${argument.length}`);
  }
  const call = program.prepare(number, reader.open(argument));
  const keys: Uint8Array[] = [];
  for (let i = 0; i < call.count; i++) {
    call.writeKey(i, writer.clear());
    const key = writer.toBytes();
    if (keys.some((other) => equalBytes(other, key))) {
      throw new CallError("duplicate_record", "expected distinct records, got one twice");
    }
    keys.push(key);
  }
  return { keys, apply: (values) => apply(call, values) };
}

function apply(call: PreparedCall, before: readonly (Uint8Array | null)[]): CallOutcome {
  for (const value of before) call.takeValue(value === null ? null : reader.open(value));
  call.run();
  const outcome = outcomeOf(call, before);
  call.run();
  if (!isOutcome(call, before, outcome)) {
    throw new CallError("impure_function", "expected one answer to one input, got two");
  }
  return outcome;
}

function outcomeOf(call: PreparedCall, before: readonly (Uint8Array | null)[]): CallOutcome {
  call.writeResult(writer.clear());
  const result = writer.toBytes();
  const values: (Uint8Array | null)[] = [];
  for (let i = 0; i < before.length; i++) {
    const change = call.writeValue(i, writer.clear());
    if (change === "write") values.push(writer.toBytes());
    else values.push(change === "keep" ? (before[i] ?? null) : null);
  }
  return { result, values };
}

/** Does the call say `outcome` again? */
function isOutcome(
  call: PreparedCall,
  before: readonly (Uint8Array | null)[],
  { result, values }: CallOutcome,
): boolean {
  call.writeResult(writer.clear());
  if (!writer.wrote(result)) return false;
  for (let i = 0; i < before.length; i++) {
    const change = call.writeValue(i, writer.clear());
    const value = values[i] ?? null;
    if (
      change === "write"
        ? value === null || !writer.wrote(value)
        : !isLeft(change, before[i] ?? null, value)
    ) {
      return false;
    }
  }
  return true;
}

/** Is `after` what a record holds that is kept or deleted? */
function isLeft(
  change: "keep" | "delete",
  before: Uint8Array | null,
  after: Uint8Array | null,
): boolean {
  return after === (change === "keep" ? before : null);
}
