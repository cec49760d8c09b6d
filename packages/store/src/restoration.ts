// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { DIGEST_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { storeFull } from "./refused-call.ts";
import { type StoredRecord, storedBytes, writeStored } from "./stored-record.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** Bytes that cross the border at once; `assembly/profile.ts` has the same number. */
const REQUESTS_BYTES = 4 << 20;

/** The beginning of a store: with the records of another one, in any order (`assembly/restore.ts`), or with none. */
export class Restoration {
  readonly #store: BytesStore;
  #state: "possible" | "begun" | "over" | "failed" = "possible";

  constructor(store: BytesStore) {
    this.#store = store;
  }

  /** Something else happens to the store: it has all the records of which it will be told. */
  end(): void {
    if (this.#state === "possible") this.#state = "over";
    this.assertWhole();
  }

  assertWhole(): void {
    assert(this.#state !== "begun", "finishRestore after restore, before anything else");
    assert(this.#state !== "failed", "a store of which nothing was refused while it was restored");
  }

  /** @throws ZetaError `restore_invalid`, `store_full`; the store is useless then. */
  add(records: readonly StoredRecord[]): void {
    this.#begin();
    for (let from = 0; from < records.length; ) from = this.#addSome(records, from);
  }

  /** @throws ZetaError `restore_invalid`; the store is useless then. */
  finish(fullDepth: number): void {
    this.#begin();
    if (this.#store.exports.finishRestore(fullDepth) !== 1) {
      throw this.#failed("restore_invalid", "one record of each key, got one twice");
    }
    this.#state = "over";
  }

  #begin(): void {
    const isPossible = this.#state === "possible" || this.#state === "begun";
    assert(isPossible, "a store to which nothing has happened");
    this.#state = "begun";
  }

  /** As many as cross the border at once; returns the first of the others. */
  #addSome(records: readonly StoredRecord[], from: number): number {
    const { exports, memory, view } = this.#store;
    let at = exports.requestsAddress();
    const end = at + REQUESTS_BYTES;
    let next = from;
    for (; next < records.length; next++) {
      const record = records[next] as StoredRecord;
      this.#check(record);
      if (at + storedBytes(record) > end) break;
      at = writeStored(memory, view, at, record);
    }
    if (exports.restore(next - from) === 1) return next;
    this.#state = "failed";
    throw storeFull();
  }

  #check({ digest, value }: StoredRecord): void {
    if (digest.length !== DIGEST_BYTES) {
      const got = `${digest.length} bytes`;
      throw this.#failed("restore_invalid", `digests of ${DIGEST_BYTES} bytes, got ${got}`);
    }
    if (value !== null && value.length > VALUE_BYTES_MAX) {
      const got = `one of ${value.length}`;
      throw this.#failed(
        "restore_invalid",
        `values of at most ${VALUE_BYTES_MAX} bytes, got ${got}`,
      );
    }
  }

  #failed(code: "restore_invalid", expected: string): ZetaError {
    this.#state = "failed";
    return new ZetaError(code, `expected ${expected}`);
  }
}
