// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { Borrower } from "./borrower.ts";
import type { FunctionTable, ParsedCall } from "./function-table.ts";
import type { Loans } from "./loan.ts";
import { callTooLarge, storeFull } from "./refused-call.ts";
import { checkCall, type StoreCall } from "./store-call.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/**
 * Calls of a service's own functions, and of those of the key-value service over several records, which run here: the module tells the records' values, takes the values afterwards and does the
 * rest (`assembly/call.ts`).
 */
export class StagedCalls {
  readonly #store: BytesStore;
  readonly #functions: FunctionTable;
  /** Where the module expects and leaves what the two exchange. */
  readonly #keys: number;
  readonly #values: number;
  readonly #requestId: number;
  readonly #argument: number;
  /** Null: the store owns all keys. */
  readonly #borrower: Borrower | null;

  constructor(store: BytesStore, functions: FunctionTable, borrower: Borrower | null) {
    this.#store = store;
    this.#functions = functions;
    this.#borrower = borrower;
    this.#keys = store.exports.requestsAddress();
    this.#values = store.exports.valuesAddress();
    this.#requestId = store.exports.requestIdAddress();
    this.#argument = store.exports.argumentAddress();
  }

  /**
   * Runs the function on the records' present values. Nothing has happened to the store then.
   *
   * @param loans Records of other workers that the call may touch.
   * @throws ZetaError `R.fid`, `D.length`, `foreign_key`, `store_full`, or what the function says of its argument and of equal keys.
   */
  prepare(call: StoreCall, loans: Loans): ParsedCall {
    checkCall(call);
    const parse = this.#functions.functions[call.function];
    if (parse === undefined) {
      throw new ZetaError("R.fid", `expected a function of the service, got ${call.function}`);
    }
    const parsed = parse(call.argument);
    this.#lookUp(parsed);
    this.#borrower?.bring(parsed.count, loans);
    try {
      this.#showValues(parsed);
      parsed.run();
    } catch (error) {
      this.#borrower?.drop();
      throw error;
    }
    return parsed;
  }

  /**
   * Lets a prepared call happen; the loans learn what became of them. The caller made sure that there is room in log and epoch.
   *
   * @throws ZetaError `store_full`, and nothing happened.
   */
  run(call: StoreCall, parsed: ParsedCall, loans: Loans): void {
    const outcome = this.#stage(parsed) ? this.#runStaged(call, parsed.count) : STORE_FULL;
    if (outcome === RAN) {
      this.#borrower?.note(loans);
      return;
    }
    this.#store.exports.unstage(parsed.count);
    this.#borrower?.drop();
    throw outcome === CALL_TOO_LARGE ? callTooLarge() : storeFull();
  }

  #runStaged({ function: number, argument, requestId }: StoreCall, count: number): number {
    const { exports, memory } = this.#store;
    if (requestId !== null) memory.set(requestId, this.#requestId);
    copy(argument, memory, this.#argument);
    return exports.runCall(number, requestId === null ? 0 : 1, argument.length, count);
  }

  /** Has the module find the records, by their keys. */
  #lookUp(parsed: ParsedCall): void {
    const max = this.#functions.recordsPerCallMax;
    const { count } = parsed;
    assert(count > 0 && count <= max, `1..${max} keys, got ${count}`);
    const { exports, memory, view } = this.#store;
    let at = this.#keys;
    for (let i = 0; i < count; i++) {
      const length = parsed.writeKey(i, memory, at + 4);
      assert(length <= KEY_BYTES_MAX, `keys of at most ${KEY_BYTES_MAX} bytes`);
      view.setUint32(at, length, true);
      at += 4 + length;
    }
    if (exports.lookUp(count) !== 1) parsed.refuseDuplicate();
  }

  #showValues(parsed: ParsedCall): void {
    const { memory, view } = this.#store;
    const end = this.#values + 8 * parsed.count;
    for (let at = this.#values; at < end; at += 8) {
      const address = view.getUint32(at, true);
      if (address === 0) parsed.takeAbsent();
      else parsed.takeValue(memory, address, view.getUint32(at + 4, true));
    }
  }

  /** Copies the new values into the module; false if they do not fit. */
  #stage(parsed: ParsedCall): boolean {
    const { exports } = this.#store;
    for (let i = 0; i < parsed.count; i++) {
      const change = parsed.change(i);
      if (change === "keep") continue;
      if (change === "delete") {
        exports.stageAbsent(i);
        continue;
      }
      const length = parsed.valueLength(i);
      // A function of the service that breaks its contract must not get the log refused.
      assert(length <= VALUE_BYTES_MAX, `values of at most ${VALUE_BYTES_MAX} bytes`);
      const address = exports.stage(i, length) >>> 0;
      if (address === 0) return false;
      parsed.copyValue(i, this.#store.memory, address);
    }
    return true;
  }
}

/** What the module says of a call that is to run; `assembly/call.ts` has the same numbers. */
const RAN = 0;
const STORE_FULL = 1;
const CALL_TOO_LARGE = 2;

/** Most arguments are short, and then a loop takes less than the engine's own copying. */
function copy(bytes: Uint8Array, target: Uint8Array, at: number): void {
  const { length } = bytes;
  if (length > SHORT_BYTES) target.set(bytes, at);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number;
}

const SHORT_BYTES = 64;
