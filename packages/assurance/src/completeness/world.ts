// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { createMonitorInstance, type MonitorInstance } from "@zeta/monitor/instance";
import { monitorModule } from "@zeta/monitor/test/support/monitors";
import { TEST_KEY } from "@zeta/monitor/test/support/run-log";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import type { Profile } from "@zeta/protocol/profile";

/** One honest world: operations it ran, epochs that had to be certified and were, or what went wrong. */
export interface World {
  readonly operations: number;
  readonly epochs: number;
  readonly failure: string | null;
  /** What else a kind of world counts. */
  readonly counts?: Readonly<Record<string, number>>;
}

export const TINY_SLOTS = [4, 5, 6, 8, 13, 40];
export const VALUE_MEMORY_BYTES = 4 << 20;

export interface MonitorShape {
  readonly profile: Profile;
  readonly threads: number;
  readonly slots: number;
  readonly valueMemoryBytes?: number;
  readonly service?: Program;
}

/** Feeds frames to a monitor, and keeps the first thing that goes wrong in a world. */
export class Reader {
  failure: string | null = null;
  readonly #monitor: MonitorInstance;

  constructor(shape: MonitorShape) {
    const module = monitorModule(shape.profile);
    this.#monitor = createMonitorInstance({
      valueMemoryBytes: VALUE_MEMORY_BYTES,
      ...shape,
      setHashKey: TEST_KEY,
      createThread: (options) => createWasmThread(module, options),
    });
  }

  read(thread: number, frame: Uint8Array): void {
    const { check } = this.#monitor.verifyLog(thread, frame);
    if (check !== null) this.fail(`${check} on thread ${thread}`);
  }

  expectCertified(epoch: number): void {
    const certified = this.#monitor.maxCertifiedEpoch;
    if (certified !== epoch) this.fail(`expected epoch ${epoch} certified, got ${certified}`);
  }

  fail(why: string): void {
    this.failure ??= why;
  }
}
