// SPDX-License-Identifier: Apache-2.0
import type { AggregateEvent } from "@zeta/monitor/aggregator";
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { toHex } from "@zeta/protocol/hex";
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { expect } from "vitest";
import type { FunctionTable as MonitorTable } from "../../../monitor/reference/apps.ts";
import { createReferenceThread } from "../../../monitor/reference/thread.ts";
import type { FunctionTable } from "../../src/function-table.ts";
import { type Loan, Loans } from "../../src/loan.ts";
import { type StoreOptions, StoreWorker } from "../../src/store-worker.ts";
import { KeyOwner } from "../../src/wasm/key-owner.ts";
import { shareOut } from "../../src/wasm/share-out.ts";

const wasm = loadMonitorModule("bytes");

type Shape = Omit<StoreOptions, "thread" | "share">;

/** A service for both sides; without one it is the built-in key-value service. */
export interface BothTables {
  readonly store: FunctionTable;
  readonly monitor: MonitorTable;
}

/** Workers of one instance with a monitor thread each, all in this thread of the machine: calls go to the owner of their first key. */
export class MonitoredWorkers {
  readonly stores: readonly StoreWorker[];
  readonly monitor: MonitorInstance;
  readonly events: AggregateEvent[] = [];
  readonly owners: KeyOwner;
  readonly #tables: BothTables | null;

  constructor(shape: Shape, tables: BothTables | null) {
    const { threads, slots = 64, valueMemoryBytes } = shape;
    const plan = shareOut(threads, "bytes");
    this.owners = new KeyOwner(plan);
    this.#tables = tables;
    this.monitor = createMonitorInstance({
      profile: "bytes",
      ...{ threads, slots, valueMemoryBytes },
      setHashKey: Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1),
      createThread: (options) =>
        tables === null
          ? createWasmThread(wasm, options)
          : createReferenceThread(options, { functions: tables.monitor }),
      report: (event) => this.events.push(event),
    });
    this.stores = plan.shares.map(
      (share, thread) =>
        new StoreWorker({
          ...shape,
          ...{ thread, slots },
          ...(tables !== null && { functions: tables.store }),
          ...(share !== undefined && { share }),
        }),
    );
    if (threads > 1) expect(this.monitor.verifyLog(0, plan.prologue).check).toBe(null);
  }

  /** Runs a call of one key, or one over records of several workers. */
  run(number: number, argument: Uint8Array, key?: Uint8Array): Uint8Array {
    const call = { function: number, argument, requestId: new Uint8Array(16) };
    if (this.#tables === null) return this.#storeOf(key!).execute(call).result;
    const parsed = this.#tables.store.functions[number]!(argument);
    const keys = Array.from({ length: parsed.count }, (_, i) => {
      const room = new Uint8Array(KEY_BYTES_MAX);
      return room.slice(0, parsed.writeKey(i, room, 0));
    });
    return this.runLent(call, keys, (loans) => loans);
  }

  /** As the coordinator does it; `pass` stands between the borrower and the owners. */
  runLent(
    call: Parameters<StoreWorker["execute"]>[0],
    keys: readonly Uint8Array[],
    pass: (loans: Loan[]) => readonly Loan[],
  ): Uint8Array {
    const borrower = this.#storeOf(keys[0]!);
    const lenders = this.stores.filter((store) => store !== borrower);
    const lent = lenders.map((store) =>
      store.lend(keys.filter((key) => this.#storeOf(key) === store)),
    );
    const loans = new Loans(lent.flat());
    try {
      return borrower.executeBorrowing(call, loans).result;
    } finally {
      const after = pass(loans.all());
      for (const [i, store] of lenders.entries()) {
        const own = new Set(lent[i]!.map(({ key }) => toHex(key)));
        store.takeBack(after.filter(({ key }) => own.has(toHex(key))));
      }
    }
  }

  #storeOf(key: Uint8Array): StoreWorker {
    return this.stores[this.owners.of(key)]!;
  }

  /** All monitors read on; the first check that failed, null if none did. */
  feed(): string | null {
    for (const [thread, store] of this.stores.entries()) {
      for (const frame of store.drain()) {
        const { check } = this.monitor.verifyLog(thread, frame);
        if (check !== null) return check;
      }
    }
    return null;
  }

  beginEpochClose(): number {
    const [epoch, ...others] = this.stores.map((store) => store.beginEpochClose());
    for (const other of others) expect(other).toBe(epoch);
    return epoch!;
  }

  /** Works on the close in all workers; true when all have committed. */
  continueEpochClose(budget: number): boolean {
    const done = this.stores.map((store) =>
      store.closing === null ? true : store.continueEpochClose(budget),
    );
    return done.every((isDone) => isDone);
  }

  get certified(): number | null | "error" {
    return this.monitor.maxCertifiedEpoch;
  }
}
