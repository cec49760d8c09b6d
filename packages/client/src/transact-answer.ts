// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { decodeTransactResult } from "@zeta/protocol/kv-transact-codec";
import type { CertifiedOptions } from "./answer.ts";
import type { KvQuestion } from "./evidence.ts";
import { CERTIFICATION_TIMEOUT_MS } from "./limits.ts";
import type { CertificationDesk } from "./live/certification-desk.ts";
import type { PendingAnswer } from "./live/pending-answer.ts";
import type { Proof } from "./proof.ts";

/** What the service told of a transaction: provisional until {@link TransactAnswer.certified} resolves. */
export class TransactAnswer {
  /** Did every condition hold, so that everything was written? Else nothing was. */
  readonly done: boolean;
  /** The index of a change whose condition did not hold, the one with the smallest key; null when done. */
  readonly failedAt: number | null;
  /** 16 random bytes that the client chose. */
  readonly requestId: Uint8Array;
  /** Where the service says that the transaction ran. */
  readonly epoch: number;
  readonly thread: number;
  readonly #pending: PendingAnswer;
  readonly #desk: CertificationDesk;

  /**
   * @param order Of each item of the question: the caller's index.
   * @throws ZetaError `D.kind` or `D.length` when the result is none of this transaction.
   */
  constructor(
    pending: PendingAnswer<KvQuestion>,
    order: readonly number[],
    desk: CertificationDesk,
  ) {
    const { done, failedAt } = decodeTransactResult(pending.result);
    const index = failedAt === null ? null : order[failedAt];
    if (index === undefined) {
      throw new ZetaError("D.kind", `expected one of ${order.length} records, got ${failedAt}`);
    }
    this.done = done;
    this.failedAt = index;
    this.requestId = pending.question.requestId;
    this.epoch = pending.told.epoch;
    this.thread = pending.told.thread;
    this.#pending = pending;
    this.#desk = desk;
  }

  /**
   * Resolves when the epoch of this answer is certified and the receipt proves that the monitor
   * compared and wrote exactly what was asked, and told exactly this.
   *
   * @throws RefusedError with evidence when it does not; the signal's reason when aborted.
   */
  async certified(options: CertifiedOptions = {}): Promise<Proof> {
    const { timeoutMs = CERTIFICATION_TIMEOUT_MS, signal } = options;
    return this.#desk.wait(this.#pending, { timeoutMs, signal });
  }
}
