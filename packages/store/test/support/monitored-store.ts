// SPDX-License-Identifier: Apache-2.0

import type { StartPoint } from "@zeta/monitor/verdict";
import { concatBytes } from "@zeta/protocol/bytes";
import {
  decodeKvResult,
  encodeKvArgument,
  KV_FUNCTIONS,
  type KvOperation,
  type KvResult,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import { DIGEST_BYTES, FRAME_BYTES_MAX } from "@zeta/protocol/limits";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { receiptsRoot } from "@zeta/protocol/receipt-tree";
import { expect } from "vitest";
import { type StoredRecord, type StoreOptions, StoreWorker } from "../../src/store-worker.ts";
import { createMonitor, type Monitor, type MonitorKind } from "./monitors.ts";
import { expectSameSlots } from "./same-slots.ts";

/** Where store and monitor go on from. */
interface Beginning {
  readonly start: StartPoint;
  readonly records: readonly StoredRecord[];
}

export type Shape = Partial<StoreOptions> & { readonly kind?: MonitorKind };

export const VALUE_MEMORY = 4 << 20;

/** A kv store whose log a monitor reads along; holds what the store says against what the monitor found. */
export class MonitoredStore {
  readonly store: StoreWorker;
  readonly monitor: Monitor;
  /** Leaves that the clients of each epoch expect, in the order of the calls. */
  readonly #leaves = new Map<number, Uint8Array[]>();
  #fresh: Uint8Array[] = [];
  /** Number of the next request id. */
  requests = 0;
  readonly slots: number;
  readonly #firstEpoch: number;

  constructor(shape: Shape, beginning?: Beginning) {
    const { kind = "reference", slots = 64, valueMemoryBytes = VALUE_MEMORY, ...rest } = shape;
    this.slots = slots;
    const size = { slots, valueMemoryBytes };
    const firstEpoch = beginning?.start.epoch ?? 0;
    this.store = new StoreWorker({ thread: 0, threads: 1, ...size, firstEpoch, ...rest });
    this.monitor = createMonitor(kind, { ...size, ...(beginning && { start: beginning.start }) });
    this.#firstEpoch = firstEpoch;
    if (beginning === undefined) return;
    this.store.restore(beginning.records);
    this.store.finishRestore();
  }

  /** Runs an operation that wants a receipt, and notes the leaf it must get. */
  run(operation: KvOperation): KvResult {
    const functionNumber = kvFunctionNumber(operation.operation);
    const argument = encodeKvArgument(operation);
    const requestId = new Uint8Array(16);
    new DataView(requestId.buffer).setUint32(0, this.requests++);
    const outcome = this.store.execute({ function: functionNumber, argument, requestId });
    const { epoch, leafIndex, result } = outcome;
    const leaves = this.#leavesOf(epoch);
    expect(leafIndex).toBe(BigInt(leaves.length));
    const leaf = receiptLeaf({
      requestId,
      thread: 0,
      epoch,
      function: functionNumber,
      argumentDigest: argumentDigest(argument),
      resultDigest: resultDigest(result),
    });
    leaves.push(leaf);
    this.#fresh.push(leaf);
    // The caller may use its buffers again at once.
    argument.fill(0xee);
    return decodeKvResult(KV_FUNCTIONS[functionNumber]!, result);
  }

  put(key: Uint8Array, value: Uint8Array): boolean {
    const result = this.run({ operation: "put", key, value });
    return "existed" in result && result.existed;
  }

  get(key: Uint8Array): Uint8Array | null {
    const result = this.run({ operation: "get", key });
    return "value" in result ? result.value : null;
  }

  /** The monitor reads the log; every frame must be accepted and yield the leaves that the clients expect. */
  feed(): void {
    const found: Uint8Array[] = [];
    for (const frame of this.store.drain()) {
      expect(frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
      const { verdict, check, leaves } = this.monitor.instance.verifyLog(0, frame);
      expect({ verdict, check }).toEqual({ verdict: "success", check: null });
      found.push(leaves);
    }
    expect(this.store.pendingBytes).toBe(0);
    const joined = concatBytes(...found);
    expect(joined.length).toBe(DIGEST_BYTES * this.#fresh.length);
    expect(Buffer.compare(joined, concatBytes(...this.#fresh))).toBe(0);
    this.#fresh = [];
  }

  /** The monitor reads a log that it is expected to refuse; returns the first check that failed, null if none did. */
  feedLies(): string | null {
    for (const frame of this.store.drain()) {
      const { check } = this.monitor.instance.verifyLog(0, frame);
      if (check !== null) return check;
    }
    return null;
  }

  /** Closes the epoch, `budget` elements at a time, with `between` in the pauses; it must be certified then. */
  closeEpoch(budget = 1000, between?: () => void): void {
    if (this.store.closing === null) this.store.beginEpochClose();
    const epoch = this.store.closing;
    while (!this.store.continueEpochClose(budget)) {
      between?.();
    }
    expect(this.certified).toBe(epoch === this.#firstEpoch ? null : epoch! - 1);
    this.feed();
    this.expectCertified(epoch!);
  }

  /** Seals the store, which must be certified then. */
  seal(): void {
    const { epoch } = this.store;
    while (!this.store.seal(1000)) this.feed();
    this.feed();
    this.expectCertified(epoch);
  }

  expectCertified(epoch: number): void {
    expect(this.certified).toBe(epoch);
    const event = this.monitor.events.at(-1);
    const leaves = this.#leavesOf(epoch);
    expect(event).toMatchObject({ kind: "certified", epoch, operations: BigInt(leaves.length) });
    if (event?.kind !== "certified") return;
    const [receipts] = event.threads;
    expect(receipts!.leafCount).toBe(BigInt(leaves.length));
    expect(Buffer.compare(receipts!.receiptsRoot, receiptsRoot(leaves))).toBe(0);
  }

  #leavesOf(epoch: number): Uint8Array[] {
    const known = this.#leaves.get(epoch) ?? [];
    this.#leaves.set(epoch, known);
    return known;
  }

  /** The mirror is exact, slot by slot. */
  expectSameSlots(): void {
    expectSameSlots(this.store.wasm, this.monitor.instance.threads[0]!, this.slots);
  }

  get certified(): number | null | "error" {
    return this.monitor.instance.maxCertifiedEpoch;
  }
}
