// SPDX-License-Identifier: Apache-2.0
import type { Loan, Loans } from "./loan.ts";
import { foreignKey, storeFull } from "./refused-call.ts";
import type { BytesStore } from "./wasm/bytes-store.ts";

/** The borrower's side of loans: records of other workers, for one call at a time (`assembly/lend.ts`). */
export class Borrower {
  readonly #store: BytesStore;
  /** Of the present call: number of a record, and what was lent of it. */
  readonly #borrowed = new Map<number, Loan>();

  constructor(store: BytesStore) {
    this.#store = store;
  }

  /**
   * Makes those of the keys just looked up that are not the store's own records of the call, as they were lent.
   *
   * @throws ZetaError `foreign_key` if one was not, `store_full`; nothing is kept then.
   */
  bring(count: number, loans: Loans): void {
    const { exports } = this.#store;
    let at = exports.requestsAddress();
    for (let i = 0; i < count; i++) {
      const end = at + 4 + this.#store.view.getUint32(at, true);
      if (exports.isOwn(i) !== 1)
        this.#bringOne(i, loans.get(this.#store.memory.slice(at + 4, end)));
      at = end;
    }
  }

  #bringOne(i: number, loan: Loan | undefined): void {
    const isBrought = loan !== undefined && this.#make(i, loan);
    if (isBrought) return;
    this.drop();
    throw loan === undefined ? foreignKey() : storeFull();
  }

  /** False if there is no memory for it. */
  #make(i: number, loan: Loan): boolean {
    const { exports } = this.#store;
    const { time, thread, value } = loan;
    exports.borrow(i, time, thread);
    this.#borrowed.set(i, loan);
    if (value === null) return true;
    const address = exports.setValue(i, value.length) >>> 0;
    if (address !== 0) this.#store.memory.set(value, address);
    return address !== 0;
  }

  /** The call has happened: this thread evicted what was lent, in a new state. */
  note(loans: Loans): void {
    const { exports } = this.#store;
    const thread = exports.thread();
    for (const [i, { key }] of this.#borrowed) {
      const time = BigInt.asUintN(64, exports.lentTime(i));
      loans.set({ key, value: this.#store.valueAt(i), time, thread });
    }
    this.drop();
  }

  /** Gives up the memory of what was lent. */
  drop(): void {
    for (const i of this.#borrowed.keys()) this.#store.exports.setNoValue(i);
    this.#borrowed.clear();
  }
}
