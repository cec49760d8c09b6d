// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { ToldReceipt } from "../http/answers.ts";
import type { ServiceApi } from "../http/service-api.ts";
import { TransportError } from "../http/transport-error.ts";
import {
  RECEIPT_ATTEMPTS,
  RECEIPTS_PER_REQUEST,
  RETRY_FIRST_MS,
  RETRY_LONGEST_MS,
  WAITING_ANSWERS_MAX,
} from "../limits.ts";
import { Proof } from "../proof.ts";
import type { RefusedError } from "../refusal.ts";
import type { AnswerJudge, CertifiedReceipt } from "./answer-judge.ts";
import type { InstanceWatch } from "./instance-watch.ts";
import { type PendingAnswer, refusalOf } from "./pending-answer.ts";

interface Waiter {
  readonly answer: PendingAnswer;
  readonly id: string;
  readonly settle: (outcome: Proof | Error) => void;
  /** Answers "unknown" or "provisional" about an epoch that is certified. */
  attempts: number;
  /** Requests in a row that got no answer. */
  failures: number;
  /** Asked about lately, or being asked about now. */
  resting: boolean;
}

/**
 * Where answers wait for their certificate. When the epoch of an answer is certified its receipt is
 * fetched, together with those of all others that wait, and judged.
 */
export class CertificationDesk {
  readonly #api: ServiceApi;
  readonly #watch: InstanceWatch;
  readonly #judge: AnswerJudge;
  readonly #waiters = new Set<Waiter>();
  #stopListening: (() => void) | null = null;
  #serving = false;
  #again = false;
  #closed: Error | null = null;
  #lastError: unknown;

  constructor(api: ServiceApi, watch: InstanceWatch, judge: AnswerJudge) {
    this.#api = api;
    this.#watch = watch;
    this.#judge = judge;
  }

  /**
   * Waits until the answer is certified and checked.
   *
   * @throws RefusedError with evidence; ZetaError `too_many_waiting` or `client_closed`; the
   * signal's reason.
   */
  wait(
    answer: PendingAnswer,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Proof> {
    const { timeoutMs, signal } = options;
    signal?.throwIfAborted();
    if (this.#closed !== null) throw this.#closed;
    if (this.#waiters.size >= WAITING_ANSWERS_MAX) {
      const message = `expected at most ${WAITING_ANSWERS_MAX} answers waiting for certification`;
      throw new ZetaError("too_many_waiting", message);
    }
    return new Promise((resolve, reject) => {
      const settle = (outcome: Proof | Error) => {
        if (!this.#waiters.delete(waiter)) return;
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#listenIfNeeded();
        if (outcome instanceof Proof) resolve(outcome);
        else reject(outcome);
      };
      const id = toHex(answer.question.requestId);
      const waiter: Waiter = { answer, id, settle, attempts: 0, failures: 0, resting: false };
      const abort = () => settle(signal?.reason);
      const timer = setTimeout(() => void this.#expire(waiter, timeoutMs), timeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.add(waiter);
      this.#listenIfNeeded();
      this.#turn();
    });
  }

  /** Nobody is served any more: whoever waits or comes later gets this reason. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const waiter of [...this.#waiters]) waiter.settle(reason);
  }

  #listenIfNeeded(): void {
    if (this.#waiters.size === 0) {
      this.#stopListening?.();
      this.#stopListening = null;
    } else {
      this.#stopListening ??= this.#watch.listen({
        certificate: () => this.#turn(),
        restart: () => this.#turn(),
        refusal: () => this.#turn(),
      });
    }
  }

  /** Something changed: soon, and once for all that changes now, serve whoever can be served. */
  #turn(): void {
    this.#again = true;
    if (this.#serving) return;
    this.#serving = true;
    queueMicrotask(() => void this.#serve());
  }

  async #serve(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        this.#rejectRefused();
        const due = [...this.#waiters].filter((waiter) => this.#isDue(waiter));
        for (let i = 0; i < due.length; i += RECEIPTS_PER_REQUEST) {
          await this.#serveSome(due.slice(i, i + RECEIPTS_PER_REQUEST));
        }
      }
    } finally {
      this.#serving = false;
    }
  }

  #isDue({ resting, answer }: Waiter): boolean {
    return !resting && this.#isCertified(answer);
  }

  #isCertified({ told }: PendingAnswer): boolean {
    const head = this.#watch.chain.head;
    return head !== null && told.epoch <= head.certificate.epoch;
  }

  /**
   * After a violation, what was certified before can still be proven; after any other refusal
   * nothing can.
   */
  #rejectRefused(): void {
    const { refusal } = this.#watch;
    if (refusal === null) return;
    for (const waiter of [...this.#waiters]) {
      if (refusal.code === "violation" && this.#isCertified(waiter.answer)) continue;
      waiter.settle(refusalOf(refusal, waiter.answer.question, waiter.answer.result));
    }
  }

  async #serveSome(waiters: readonly Waiter[]): Promise<void> {
    for (const waiter of waiters) waiter.resting = true;
    let receipts: readonly ToldReceipt[];
    try {
      receipts = await this.#api.receipts(waiters.map((waiter) => waiter.id));
    } catch (error) {
      for (const waiter of waiters) this.#rest(waiter, waiter.failures++, error);
      return;
    }
    const missing: Waiter[] = [];
    for (const [i, waiter] of waiters.entries()) {
      const receipt = receipts[i];
      waiter.failures = 0;
      if (receipt?.status === "certified") await this.#settle(waiter, receipt);
      else if (++waiter.attempts >= RECEIPT_ATTEMPTS) missing.push(waiter);
      else this.#rest(waiter, waiter.attempts - 1, null);
    }
    if (missing.length > 0) await this.#giveUp(missing);
  }

  async #settle(waiter: Waiter, told: CertifiedReceipt): Promise<void> {
    try {
      waiter.settle(await this.#judge.judge(waiter.answer, told));
    } catch (error) {
      // The certificate that came with the receipt asked for others, and those could not be had
      // now.
      if (!(error instanceof TransportError)) throw error;
      this.#rest(waiter, waiter.failures++, error);
    }
  }

  #rest(waiter: Waiter, times: number, error: unknown): void {
    if (error !== null) this.#lastError = error;
    const wait = Math.min(RETRY_FIRST_MS * 2 ** Math.min(times, 10), RETRY_LONGEST_MS);
    setTimeout(() => {
      waiter.resting = false;
      if (this.#waiters.has(waiter)) this.#turn();
    }, wait);
  }

  /**
   * The epoch is certified and the service has no receipt. Before that counts as a lie about the
   * answer: is it still the same instance? Another one is asked again.
   */
  async #giveUp(waiters: readonly Waiter[]): Promise<void> {
    const { generation } = this.#watch;
    await this.#watch.investigate();
    this.#rejectRefused();
    const isAnother = this.#watch.generation !== generation || this.#watch.isUndecided;
    for (const waiter of waiters) {
      if (isAnother) {
        waiter.attempts = 0;
        this.#rest(waiter, 0, null);
      } else {
        waiter.settle(this.#withoutReceipt(waiter.answer));
      }
    }
  }

  #withoutReceipt(answer: PendingAnswer): RefusedError {
    const { epoch } = answer.told;
    const loss = this.#watch.lossOf(answer.generation, epoch);
    if (loss !== null) {
      return this.#judge.refuse(answer, "answer_lost", loss.detail, { check: loss.check });
    }
    const detail = `expected a receipt, since epoch ${epoch} is certified; got none`;
    return this.#judge.refuse(answer, "receipt_missing", detail);
  }

  async #expire({ answer, settle }: Waiter, timeoutMs: number): Promise<void> {
    await this.#watch.conclude();
    this.#rejectRefused();
    const { epoch } = answer.told;
    const detail = `expected epoch ${epoch} to be certified and checked within ${timeoutMs} ms`;
    const cause = this.#lastError ?? this.#watch.lastError;
    settle(this.#judge.refuse(answer, "certification_timeout", detail, { cause }));
  }
}
