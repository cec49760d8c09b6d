// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { CheckedCall } from "./checked-call.ts";
import type { Program } from "./program.ts";

/** What a call makes of its records. */
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

/**
 * A {@link CheckedCall} on values in arrays of their own: for tests, and for whoever has no store.
 *
 * @throws CallError or CallFailed, from here and from `apply`: then the call must not happen.
 */
export function runCall(program: Program, number: number, argument: Uint8Array): RunningCall {
  const call = new CheckedCall(program, number, argument);
  const keys: Uint8Array[] = [];
  for (let i = 0; i < call.count; i++) {
    const key = new Uint8Array(KEY_BYTES_MAX);
    const length = call.writeKey(i, key, 0);
    keys.push(key.slice(0, length));
  }
  const isTwice = (key: Uint8Array, i: number) =>
    keys.some((other, j) => j < i && equalBytes(other, key));
  if (keys.some(isTwice)) call.refuseDuplicate();
  return { keys, apply: (values) => apply(call, values) };
}

function apply(call: CheckedCall, before: readonly (Uint8Array | null)[]): CallOutcome {
  for (const value of before) {
    if (value === null) call.takeAbsent();
    else call.takeValue(value, 0, value.length);
  }
  call.run();
  const values = before.map((value, i) => {
    const change = call.change(i);
    return change === "keep" ? value : change === "delete" ? null : writtenValue(call, i);
  });
  return { result: call.result(), values };
}

function writtenValue(call: CheckedCall, index: number): Uint8Array {
  const value = new Uint8Array(call.valueLength(index));
  call.copyValue(index, value, 0);
  return value;
}
