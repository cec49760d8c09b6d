// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import type { Profile } from "@zeta/protocol/profile";
import { MERKLE_ONLY } from "@zeta/store/placement-policy";
import { StoreWorker } from "@zeta/store/store-worker";
import { BATCH_MAX, GET, Kv64Store, PUT } from "@zeta/store/wasm/kv64-store";
import { storeModule } from "@zeta/store/wasm/store-module";

/** One call: the record's number, and what is written there; null: it is read. */
export interface TreeCall {
  readonly record: number;
  readonly value: number | null;
}

export type FrameSink = (frame: Uint8Array) => void;

/** A store that keeps nothing outside the tree: every call brings a path in and puts it back. */
export interface TreeStore {
  run(calls: readonly TreeCall[], sink: FrameSink): void;
  /** Ends the epoch; returns its number. */
  close(sink: FrameSink): number;
}

export const TREE_SLOTS = 256;
export const TREE_VALUE_BYTES = 64 << 20;

/** A store of a profile for so many records. */
export function createTreeStore(profile: Profile, recordsMax: number): TreeStore {
  return profile === "kv64" ? new Kv64Tree(recordsMax) : new BytesTree(recordsMax);
}

class Kv64Tree implements TreeStore {
  readonly #store: Kv64Store;

  constructor(recordsMax: number) {
    const module = storeModule("kv64");
    this.#store = new Kv64Store({ module, slots: TREE_SLOTS, recordsMax, placement: "merkle" });
  }

  run(calls: readonly TreeCall[], sink: FrameSink): void {
    for (let from = 0; from < calls.length; from += BATCH_MAX) {
      const part = calls.slice(from, from + BATCH_MAX);
      for (const [i, { record, value }] of part.entries()) {
        this.#store.batch.words[2 * i] = BigInt(record);
        this.#store.batch.words[2 * i + 1] = BigInt(value ?? 0);
        this.#store.batch.kinds[i] = value === null ? GET : PUT;
      }
      this.#store.run(part.length, sink);
    }
  }

  close(sink: FrameSink): number {
    const epoch = this.#store.beginEpochClose();
    while (!this.#store.continueEpochClose(BATCH_MAX, sink));
    return epoch;
  }
}

class BytesTree implements TreeStore {
  readonly #store: StoreWorker;

  constructor(recordsMax: number) {
    this.#store = new StoreWorker({
      thread: 0,
      threads: 1,
      slots: TREE_SLOTS,
      recordsMax,
      valueMemoryBytes: TREE_VALUE_BYTES,
      policy: MERKLE_ONLY,
    });
  }

  run(calls: readonly TreeCall[], sink: FrameSink): void {
    const ready = calls.map((call) => {
      const operation = kvOperation(call);
      const number = kvFunctionNumber(operation.operation);
      return { function: number, argument: encodeKvArgument(operation), requestId: null };
    });
    for (let done = 0; done < ready.length; ) {
      done += this.#store.executeBatch(ready, done).length;
      this.#drain(sink);
    }
  }

  close(sink: FrameSink): number {
    const epoch = this.#store.beginEpochClose();
    while (!this.#store.continueEpochClose(BATCH_MAX)) this.#drain(sink);
    this.#drain(sink);
    return epoch;
  }

  #drain(sink: FrameSink): void {
    for (const frame of this.#store.drain()) sink(frame);
  }
}

function kvOperation({ record, value }: TreeCall): KvOperation {
  const key = utf8(`key ${record}`);
  if (value === null) return { operation: "get", key };
  return { operation: "put", key, value: utf8(`${value}`) };
}
