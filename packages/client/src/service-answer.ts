// SPDX-License-Identifier: Apache-2.0
import type { CertifiedOptions } from "./answer.ts";
import { CERTIFICATION_TIMEOUT_MS } from "./limits.ts";
import type { CertificationDesk } from "./live/certification-desk.ts";
import type { PendingAnswer } from "./live/pending-answer.ts";
import type { Proof } from "./proof.ts";

/** What a service answered: provisional until {@link ServiceAnswer.certified} resolves. */
export class ServiceAnswer<Result> {
  readonly operation: string;
  readonly result: Result;
  /** 16 random bytes that the client chose. */
  readonly requestId: Uint8Array;
  /** Where the service says that the call ran. */
  readonly epoch: number;
  readonly thread: number;
  readonly #pending: PendingAnswer;
  readonly #desk: CertificationDesk;

  constructor(result: Result, pending: PendingAnswer, desk: CertificationDesk) {
    this.result = result;
    this.operation = pending.question.operation;
    this.requestId = pending.question.requestId;
    this.epoch = pending.told.epoch;
    this.thread = pending.told.thread;
    this.#pending = pending;
    this.#desk = desk;
  }

  /**
   * Resolves when the epoch of this answer is certified and the receipt proves that the monitor computed exactly this result for exactly
   * these arguments.
   *
   * @throws RefusedError with evidence when it does not; the signal's reason when aborted.
   */
  async certified(options: CertifiedOptions = {}): Promise<Proof> {
    const { timeoutMs = CERTIFICATION_TIMEOUT_MS, signal } = options;
    return this.#desk.wait(this.#pending, { timeoutMs, signal });
  }
}
