// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { decodeKvArgument } from "@zeta/protocol/kv";
import { KEY_BYTES_MAX, REQUEST_ID_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { checkCall, type StoreCall } from "./store-call.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** Calls, and bytes of their requests, that cross the border at once; `assembly/profile.ts` has the same numbers. */
const CALLS_MAX = 4096;
const REQUESTS_BYTES = 4 << 20;

/** u32 length of the argument, u8 function, u8 has an id, u16 0, request id. */
const HEAD_BYTES = 8 + REQUEST_ID_BYTES;
const PUT = 1;
/** Those over one record. */
const FUNCTIONS = 3;

/** Results of calls that ran one after the other. */
export interface KvResults {
  /** How many of the calls have run now. */
  readonly done: number;
  /** Of those that ran this time. */
  readonly results: readonly Uint8Array[];
}

/** The border over which calls of the built-in key-value service over one record each go in batches: written here, run in `assembly/kv-batch.ts`. */
export class KvBatch {
  readonly #store: BytesStore;

  constructor(store: BytesStore) {
    this.#store = store;
  }

  /**
   * Writes as many of the calls as fit, at least one, up to the first that is none of these.
   *
   * @returns How many.
   * @throws ZetaError `R.fid`, `R.consume` or `D.length` if that is the very first.
   */
  write(calls: readonly StoreCall[], from: number): number {
    const { memory, view } = this.#store;
    const start = this.#store.exports.requestsAddress();
    let at = start;
    let count = 0;
    for (; count < CALLS_MAX && from + count < calls.length; count++) {
      const call = calls[from + count] as StoreCall;
      const isFirst = count === 0;
      if (!isFirst && !isKvCall(call)) break;
      if (isFirst) checkKvCall(call);
      const { argument, requestId } = call;
      if (at + HEAD_BYTES + argument.length > start + REQUESTS_BYTES) break;
      view.setUint32(at, argument.length, true);
      view.setUint32(at + 4, call.function | (requestId === null ? 0 : 0x100), true);
      if (requestId !== null) memory.set(requestId, at + 8);
      memory.set(argument, at + HEAD_BYTES);
      at += HEAD_BYTES + argument.length;
    }
    this.#store.exports.open(count);
    return count;
  }

  /** Runs calls from `from` on, of `count` written; stops early when log or results are full, or the epoch or the memory is at its end. */
  run(from: number, count: number): KvResults {
    const { exports } = this.#store;
    const done = exports.run(from, count);
    const { view } = this.#store;
    const ends = exports.resultEndsAddress();
    const start = exports.resultsAddress();
    const total = done === from ? 0 : view.getUint32(ends + 4 * (done - 1), true);
    // One copy for all: each result is a part of it.
    const bytes = this.#store.memory.slice(start, start + total);
    const results: Uint8Array[] = [];
    let begin = 0;
    for (let i = from; i < done; i++) {
      const end = view.getUint32(ends + 4 * i, true);
      results.push(bytes.subarray(begin, end));
      begin = end;
    }
    return { done, results };
  }
}

/** @throws ZetaError with what is wrong. */
function checkKvCall(call: StoreCall): void {
  if (isKvCall(call)) return;
  checkCall(call);
  decodeKvArgument(call.function, call.argument);
  assert(false, "an argument that both ways to check it find bad");
}

/** The same rules as `decodeKvArgument`, without making objects. */
function isKvCall({ function: number, argument, requestId }: StoreCall): boolean {
  if (requestId !== null && requestId.length !== REQUEST_ID_BYTES) return false;
  if (!Number.isInteger(number) || number < 0 || number >= FUNCTIONS) return false;
  if (number !== PUT) return argument.length <= KEY_BYTES_MAX;
  if (argument.length < 2) return false;
  const keyBytes = ((argument[0] as number) << 8) | (argument[1] as number);
  const valueBytes = argument.length - 2 - keyBytes;
  return keyBytes <= KEY_BYTES_MAX && valueBytes >= 0 && valueBytes <= VALUE_BYTES_MAX;
}
