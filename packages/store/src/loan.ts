// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";

/** A record in deferred memory, as whoever adds it next must know it. */
export interface Loan {
  readonly key: Uint8Array;
  /** Null: absent. */
  readonly value: Uint8Array | null;
  /** When it was evicted last: the epoch in the high 32 bits, the counter in the low ones. */
  readonly time: bigint;
  /** The monitor thread that evicted it. */
  readonly thread: number;
}

/** Records on loan by their keys. The borrower's calls change them. */
export class Loans {
  readonly #loans = new Map<string, Loan>();

  constructor(loans: Iterable<Loan>) {
    for (const loan of loans) this.set(loan);
  }

  get(key: Uint8Array): Loan | undefined {
    return this.#loans.get(toHex(key));
  }

  set(loan: Loan): void {
    this.#loans.set(toHex(loan.key), loan);
  }

  all(): Loan[] {
    return [...this.#loans.values()];
  }
}
