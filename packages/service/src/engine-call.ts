// SPDX-License-Identifier: Apache-2.0
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

/** The call as the store takes it. */
export function storeCallOf(call: EngineCall): StoreCall {
  const { requestId } = call;
  return {
    function: call.function,
    argument: call.argument,
    requestId: requestId === null ? null : Buffer.from(requestId, "hex"),
  };
}
