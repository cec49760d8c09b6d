// SPDX-License-Identifier: Apache-2.0
import { formatLine, isNewestFormat } from "../format.ts";
import { JournaledStorage } from "../journaled-storage.ts";
import type { Storage, StorageOptions } from "../storage.ts";
import { storageError } from "../storage-errors.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { emptyState, type MemoryState } from "./memory-state.ts";

/**
 * A place in memory, for tests: it outlives the storages that are opened on it, can lose what was not flushed, and fails on demand.
 *
 * @example
 * const place = new MemoryPlace();
 * const storage = await place.open({ serviceId: "kv" });
 * storage.append(entry);
 * place.crash(); // never flushed: gone
 * const again = await place.open({ serviceId: "kv" });
 */
export class MemoryPlace {
  readonly #state: MemoryState = emptyState();
  #engine: MemoryEngine | null = null;
  #held: Promise<void> = Promise.resolve();
  #release: () => void = () => {};
  #fault: { readonly error: Error; after: number } | null = null;

  async open({ serviceId, isReadOnly = false }: StorageOptions): Promise<Storage> {
    const state = this.#state;
    if (state.format !== null) isNewestFormat("memory", state.format, serviceId);
    else if (isReadOnly) {
      throw storageError("storage_unreachable", "expected a storage in memory, got none");
    }
    if (!isReadOnly && this.#engine !== null) {
      throw storageError("storage_in_use", "expected memory to be free, got it in use");
    }
    const engine = new MemoryEngine(isReadOnly ? structuredClone(state) : state, {
      beforeWrite: () => this.#beforeWrite(),
      closed: () => {
        if (this.#engine === engine) this.#engine = null;
      },
    });
    if (!isReadOnly) {
      this.#engine = engine;
      state.format = formatLine(serviceId);
    }
    return JournaledStorage.open(engine, { isReadOnly });
  }

  /** As after a crash of the process: the open storage writes nothing more, what it had not written is gone, the place is free. */
  crash(): void {
    this.#engine?.kill();
    this.#engine = null;
    this.letWrite();
  }

  /** Keeps writes waiting, as a slow disk does, until {@link MemoryPlace.letWrite}. */
  holdWrites(): void {
    this.letWrite();
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  letWrite(): void {
    this.#release();
  }

  /** The next write, or one that follows so many others, fails with this error, and writes nothing. */
  failNextWrite(error: Error, after = 0): void {
    this.#fault = { error, after };
  }

  /** Changes what is kept, as a bad disk or a bad host does. */
  tamper(change: (state: MemoryState) => void): void {
    change(this.#state);
  }

  async #beforeWrite(): Promise<void> {
    await this.#held;
    const fault = this.#fault;
    if (fault === null || fault.after-- > 0) return;
    this.#fault = null;
    throw fault.error;
  }
}
