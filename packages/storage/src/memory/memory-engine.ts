// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "@zeta/protocol/hex";
import { changesOf } from "../change-blocks.ts";
import type { EntryRange, SavedCheckpoint, StorageEngine } from "../engine.ts";
import { PIECE_RECORDS_MAX } from "../limits.ts";
import type { StoredRecord } from "../storage.ts";
import { storageError } from "../storage-errors.ts";
import type { MemoryState } from "./memory-state.ts";

interface Hooks {
  beforeWrite(): Promise<void>;
  closed(): void;
}

export class MemoryEngine implements StorageEngine {
  readonly place = "memory";
  readonly #state: MemoryState;
  readonly #hooks: Hooks;
  #isKilled = false;

  constructor(state: MemoryState, hooks: Hooks) {
    this.#state = state;
    this.#hooks = hooks;
  }

  kill(): void {
    this.#isKilled = true;
  }

  async head(): Promise<Uint8Array | null> {
    return this.#state.head;
  }

  async journalEnd(): Promise<number | null> {
    const numbers = [...this.#state.journal.keys()];
    return numbers.length === 0 ? null : Math.max(...numbers) + 1;
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    for (const piece of piecesOf([...this.#state.records])) {
      yield piece.map(([digest, value]) => ({ digest: fromHex(digest), value }));
    }
  }

  async *names(): AsyncGenerator<readonly Uint8Array[]> {
    for (const piece of piecesOf([...this.#state.names])) yield piece.map((name) => fromHex(name));
  }

  async *pages(): AsyncGenerator<Uint8Array> {
    const { pages } = this.#state;
    for (const key of [...pages.keys()].sort()) yield pages.get(key) as Uint8Array;
  }

  async *entries({ start, end }: EntryRange): AsyncGenerator<Uint8Array> {
    const numbers = [...this.#state.journal.keys()].sort((a, b) => a - b);
    for (const number of numbers) {
      const frame = this.#state.journal.get(number);
      if (number >= start && number < end && frame !== undefined) yield frame;
    }
  }

  async writeEntries(first: number, entries: readonly Uint8Array[]): Promise<void> {
    await this.#beforeWrite();
    entries.forEach((entry, i) => {
      this.#state.journal.set(first + i, entry);
    });
  }

  async writeCheckpoint({ head, blocks, forgotten }: SavedCheckpoint): Promise<void> {
    await this.#beforeWrite();
    const { records, names, pages, journal } = this.#state;
    for (const change of blocks.flatMap((block) => [...changesOf(block)])) {
      if (change.of === "record") {
        records.set(toHex(change.digest), change.value?.slice() ?? null);
      } else if (change.of === "page") {
        if (change.frame === null) pages.delete(toHex(change.key));
        else pages.set(toHex(change.key), change.frame.slice());
      } else if (change.isThere) names.add(toHex(change.name));
      else names.delete(toHex(change.name));
    }
    for (let n = forgotten.start; n < forgotten.end; n++) journal.delete(n);
    this.#state.head = head;
  }

  async close(): Promise<void> {
    this.#hooks.closed();
  }

  async #beforeWrite(): Promise<void> {
    await this.#hooks.beforeWrite();
    if (this.#isKilled) {
      throw storageError("storage_failed", "expected a running process, got a crashed one");
    }
  }
}

function* piecesOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += PIECE_RECORDS_MAX) yield all.slice(i, i + PIECE_RECORDS_MAX);
}
