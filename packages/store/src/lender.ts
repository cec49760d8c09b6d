// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { CALL_SLOTS_MAX, KEY_BYTES_MAX } from "@zeta/protocol/limits";
import type { Loan } from "./loan.ts";
import { foreignKey, storeFull } from "./refused-call.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/**
 * Records lent at once by one store, all of a call: each keeps room for the longest value free, which a borrower may bring back, so together
 * they hold 160 of the store's 4096 MiB.
 */
export const LOANS_MAX = CALL_SLOTS_MAX;

/** The owner's side of loans: what leaves, and what must come back before anything else happens here (`assembly/lend.ts`). */
export class Lender {
  readonly #store: BytesStore;
  #lent = 0;

  constructor(store: BytesStore) {
    this.#store = store;
  }

  /** Records that are not back yet. */
  get lent(): number {
    return this.#lent;
  }

  /**
   * Brings records of this store's own into deferred memory.
   *
   * @throws ZetaError `store_full`, `foreign_key`; then what was lent already is back.
   */
  lend(keys: readonly Uint8Array[]): Loan[] {
    assert(this.#lent === 0, "no records that are lent already");
    assert(keys.length <= LOANS_MAX, `at most ${LOANS_MAX} keys, got ${keys.length}`);
    const loans: Loan[] = [];
    try {
      for (const key of keys) {
        loans.push(this.#lendOne(key, keys.length));
        this.#lent++;
      }
    } catch (error) {
      this.takeBack(loans);
      throw error;
    }
    return loans;
  }

  #lendOne(key: Uint8Array, reserve: number): Loan {
    const { exports } = this.#store;
    this.#lookUp(key);
    if (exports.isOwn(0) !== 1) throw foreignKey();
    this.#makeRoom();
    const value = this.#store.valueAt(0);
    if (exports.lend(0, reserve) !== 1) throw storeFull();
    return { key, value, time: BigInt.asUintN(64, exports.lentTime(0)), thread: exports.thread() };
  }

  /** Takes back everything that was lent, as the borrower evicted it. */
  takeBack(loans: readonly Loan[]): void {
    assert(loans.length === this.#lent, `${this.#lent} records, got ${loans.length}`);
    for (const loan of loans) this.#takeBackOne(loan);
    this.#lent = 0;
  }

  #takeBackOne({ key, value, time, thread }: Loan): void {
    const { exports } = this.#store;
    this.#lookUp(key);
    this.#makeRoom();
    if (value === null) exports.setNoValue(0);
    else {
      const address = exports.setValue(0, value.length) >>> 0;
      assert(address !== 0, "the room that was kept for a value");
      this.#store.memory.set(value, address);
    }
    exports.takeBack(0, time, thread);
  }

  #lookUp(key: Uint8Array): void {
    assert(key.length <= KEY_BYTES_MAX, `keys of at most ${KEY_BYTES_MAX} bytes`);
    const { exports, memory, view } = this.#store;
    const at = exports.requestsAddress();
    view.setUint32(at, key.length, true);
    memory.set(key, at + 4);
    exports.lookUp(1);
  }

  #makeRoom(): void {
    if (this.#store.exports.hasRoom() !== 1) this.#store.takeFrames();
  }
}
