// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { FunctionOutcome, FunctionTable, ParsedCall } from "./function-table.ts";
import { checkCall, type StoreCall } from "./store-call.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** A call that was found possible: its function has run, nothing has happened to the store yet. */
export interface PreparedCall {
  readonly call: StoreCall;
  readonly before: readonly (Uint8Array | null)[];
  readonly outcome: FunctionOutcome;
}

/**
 * Calls of a service's own functions, which run here: the module tells the records' values, takes the values afterwards and does the
 * rest (`assembly/call.ts`).
 */
export class StagedCalls {
  readonly #store: BytesStore;
  readonly #functions: FunctionTable;

  constructor(store: BytesStore, functions: FunctionTable) {
    this.#store = store;
    this.#functions = functions;
  }

  /**
   * Runs the function on the records' present values.
   *
   * @throws ZetaError `R.fid`, `R.distinct`, `D.length`, or what the function says of its argument.
   */
  prepare(call: StoreCall): PreparedCall {
    checkCall(call);
    const parse = this.#functions.functions[call.function];
    if (parse === undefined) {
      throw new ZetaError("R.fid", `expected a function of the service, got ${call.function}`);
    }
    const parsed = parse(call.argument);
    const before = this.#lookUp(parsed);
    const outcome = parsed.apply(before);
    checkOutcome(outcome, before.length);
    return { call, before, outcome };
  }

  /**
   * Lets the call happen. The caller made sure that there is room in log and epoch.
   *
   * @throws ZetaError `store_full`, and nothing happened.
   */
  run({ call, before, outcome }: PreparedCall): void {
    const { exports } = this.#store;
    const count = before.length;
    const isStaged = this.#stage(before, outcome.values);
    if (isStaged) {
      const { argument, requestId } = call;
      const { memory } = this.#store;
      if (requestId !== null) memory.set(requestId, exports.requestIdAddress());
      memory.set(argument, exports.argumentAddress());
      const withId = requestId === null ? 0 : 1;
      if (exports.runCall(call.function, withId, argument.length, count) === 1) return;
    }
    exports.unstage(count);
    throw storeFull();
  }

  /** Finds the records; returns copies of their values, null for none. */
  #lookUp({ keys }: ParsedCall): (Uint8Array | null)[] {
    const max = this.#functions.recordsPerCallMax;
    assert(keys.length > 0 && keys.length <= max, `1..${max} keys, got ${keys.length}`);
    const { exports, memory, view } = this.#store;
    let at = exports.requestsAddress();
    for (const key of keys) {
      assert(key.length <= KEY_BYTES_MAX, `keys of at most ${KEY_BYTES_MAX} bytes`);
      view.setUint32(at, key.length, true);
      memory.set(key, at + 4);
      at += 4 + key.length;
    }
    if (exports.lookUp(keys.length) !== 1) {
      throw new ZetaError("R.distinct", "expected distinct keys in one call, got one twice");
    }
    const values = exports.valuesAddress();
    return keys.map((_, i) => this.#value(values + 8 * i));
  }

  #value(at: number): Uint8Array | null {
    const { memory, view } = this.#store;
    const address = view.getUint32(at, true);
    return address === 0 ? null : memory.slice(address, address + view.getUint32(at + 4, true));
  }

  /** Copies the new values into the module; false if they do not fit. */
  #stage(before: readonly (Uint8Array | null)[], after: readonly (Uint8Array | null)[]): boolean {
    const { exports } = this.#store;
    for (let i = 0; i < before.length; i++) {
      const value = after[i] ?? null;
      if (value === before[i]) continue;
      if (value === null) {
        exports.stageAbsent(i);
        continue;
      }
      const address = exports.stage(i, value.length) >>> 0;
      if (address === 0) return false;
      this.#store.memory.set(value, address);
    }
    return true;
  }
}

export function storeFull(): ZetaError<"store_full"> {
  return new ZetaError("store_full", "expected room for another record or value, got a full store");
}

/** A function of the service that breaks its contract must not get the log refused. */
function checkOutcome(outcome: FunctionOutcome, records: number): void {
  assert(outcome.values.length === records, "as many values as records");
  for (const value of outcome.values) {
    assert((value?.length ?? 0) <= VALUE_BYTES_MAX, `values of at most ${VALUE_BYTES_MAX} bytes`);
  }
}
