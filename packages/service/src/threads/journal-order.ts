// SPDX-License-Identifier: Apache-2.0
import type { EngineCall } from "../engine-call.ts";
import type { CallJournal } from "../sealer.ts";

/**
 * Writes the calls of several workers into one journal, so that running them again in its order comes to the same state, answers and receipts.
 *
 * Calls are noted when their reply comes, before anybody is told. A worker replies in the order in which it ran its calls, so of each worker the
 * order is kept, and with it that of its receipts. Calls of two workers touch a record in common only if one of them borrows it: then the
 * owner lends it after its earlier calls, and does nothing else until the borrower has replied; so for each record the order is kept, and more than
 * that no pure function can tell. Epochs are the exception: one worker may reply out of the next epoch before another has left this one.
 * Those calls wait here until all have. That moves them behind calls of other workers which ran before their epoch, as all of this one did.
 */
export class JournalOrder {
  readonly #journal: CallJournal;
  /** Calls of epochs before it are written. */
  #epoch: number;
  #later: EngineCall[] = [];

  constructor(journal: CallJournal, epoch: number) {
    this.#journal = journal;
    this.#epoch = epoch;
  }

  ran(call: EngineCall, epoch: number): void {
    if (epoch > this.#epoch) this.#later.push(call);
    else this.#journal.ran(call, epoch);
  }

  /** Somebody will be told what ran so far. */
  endTurn(): void {
    this.#journal.endTurn();
  }

  /** Every call of this epoch has been noted; resolves when all are durable. */
  epochOver(epoch: number): Promise<void> {
    const written = this.#journal.whenDurable(epoch);
    this.passTo(epoch + 1);
    return written;
  }

  /** The epochs before this one are in no need of being written: they are under a checkpoint. */
  passTo(epoch: number): void {
    this.#epoch = epoch;
    const later = this.#later;
    this.#later = [];
    for (const call of later) this.#journal.ran(call, epoch);
    this.#journal.endTurn();
  }
}
