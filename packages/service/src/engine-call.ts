// SPDX-License-Identifier: Apache-2.0
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { StoreCall } from "@zeta/store/store-worker";

/** One call of the service's application. The argument is valid for its function: whoever makes a call has checked it. */
export interface EngineCall {
  readonly function: number;
  readonly argument: Uint8Array;
  /** 32 lower-case hex digits, or null for a call without receipt. */
  readonly requestId: string | null;
}

/** A provisional answer: the monitor accepted the log of this call, its epoch is not certified yet. */
export interface Executed {
  readonly requestId: string | null;
  readonly epoch: number;
  readonly thread: number;
  readonly result: Uint8Array;
}

const REQUEST_ID = /^[0-9a-f]{32}$/;

export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text);
}

/** Calls that the store is given at once: more would only be written down twice. */
const CALLS_AT_ONCE = 1024;

/** The calls from one on, as the store takes them; not more than can run at once. */
export function storeCallsOf(calls: readonly EngineCall[], from: number): StoreCall[] {
  const some = calls.slice(from, from + CALLS_AT_ONCE);
  // One conversion for all is much faster than one for each.
  const ids = Buffer.from(some.map(({ requestId }) => requestId ?? "").join(""), "hex");
  let at = 0;
  return some.map(({ function: number, argument, requestId }) => {
    if (requestId === null) return { function: number, argument, requestId };
    const id = ids.subarray(at, at + REQUEST_ID_BYTES);
    at += REQUEST_ID_BYTES;
    return { function: number, argument, requestId: id };
  });
}
