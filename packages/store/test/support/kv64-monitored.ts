// SPDX-License-Identifier: Apache-2.0
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { FRAME_BYTES_MAX } from "@zeta/protocol/limits";
import { expect } from "vitest";
import { createReferenceThread } from "../../../monitor/reference/thread.ts";
import { compileStore } from "../../scripts/build-wasm.mjs";
import {
  FOUND,
  GET,
  type Kv64Placement,
  Kv64Store,
  type LogSink,
  PUT,
  type WarmthPolicy,
} from "../../src/wasm/kv64-store.ts";
import { compileStoreModule } from "../../src/wasm/webassembly.ts";
import type { MonitorKind } from "./monitors.ts";

const monitorModule = loadMonitorModule("kv64");
export const storeModule = compileStoreModule(await compileStore("kv64"));

/** Secret only in production; here the same in every run. */
const SET_HASH_KEY = Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 3);

export interface Kv64Shape {
  readonly slots: number;
  readonly recordsMax?: number;
  readonly placement?: Kv64Placement;
  readonly warmth?: WarmthPolicy;
  readonly kind?: MonitorKind;
  readonly epochCounterMax?: number;
}

export type Kv64Operation =
  | { readonly kind: "get"; readonly key: bigint }
  | { readonly kind: "put"; readonly key: bigint; readonly value: bigint };

/** A store in WebAssembly, a monitor that reads its log, and a Map that knows what every answer must be. */
export class Kv64Monitored {
  readonly store: Kv64Store;
  readonly monitor: MonitorInstance;
  readonly model = new Map<bigint, bigint>();
  readonly sink: LogSink;
  frames = 0;
  operations = 0n;

  constructor({ slots, recordsMax = 1000, kind = "wasm", ...rest }: Kv64Shape) {
    this.store = new Kv64Store({ module: storeModule, slots, recordsMax, ...rest });
    this.monitor = createMonitorInstance({
      profile: "kv64",
      threads: 1,
      slots,
      setHashKey: SET_HASH_KEY,
      createThread: (options) =>
        kind === "wasm" ? createWasmThread(monitorModule, options) : createReferenceThread(options),
      report: (event) => {
        if (event.kind === "certified") this.operations += event.operations;
      },
    });
    this.sink = (frame) => {
      expect(frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
      this.frames++;
      const { verdict, check } = this.monitor.verifyLog(0, frame);
      expect({ verdict, check }).toEqual({ verdict: "success", check: null });
    };
  }

  /** Runs a batch; every answer must be the model's. */
  run(operations: readonly Kv64Operation[]): void {
    const { words, kinds } = this.store.batch;
    for (const [i, operation] of operations.entries()) {
      words[2 * i] = operation.key;
      words[2 * i + 1] = operation.kind === "put" ? operation.value : 0n;
      kinds[i] = operation.kind === "put" ? PUT : GET;
    }
    this.store.run(operations.length, this.sink);
    for (const [i, operation] of operations.entries()) {
      const before = this.model.get(operation.key);
      expect(kinds[i] === FOUND).toBe(before !== undefined);
      if (operation.kind === "put") this.model.set(operation.key, operation.value);
      else if (before !== undefined) expect(words[2 * i + 1]).toBe(before);
    }
  }

  /** Closes the epoch, `budget` elements at a time, with `between` in the pauses; it must be certified then. */
  closeEpoch(budget = 1000, between?: () => void): void {
    const epoch = this.store.beginEpochClose();
    while (!this.store.continueEpochClose(budget, this.sink)) between?.();
    expect(this.monitor.maxCertifiedEpoch).toBe(epoch);
  }

  get clock(): { readonly epoch: number; readonly counter: number } {
    const { epoch, counter } = this.monitor.threads[0]!.clock;
    return { epoch, counter };
  }
}
