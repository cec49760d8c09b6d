// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import {
  decodeKvArgument,
  decodeKvResult,
  type KvFunction,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import type { KvQuestion } from "./evidence.ts";
import { CERTIFICATION_TIMEOUT_MS } from "./limits.ts";
import type { CertificationDesk } from "./live/certification-desk.ts";
import type { PendingAnswer } from "./live/pending-answer.ts";
import type { Proof } from "./proof.ts";
import { Value } from "./value.ts";

export interface CertifiedOptions {
  /** Longest wait, milliseconds; 30 000 unless said. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What the service told: provisional until {@link Answer.certified} resolves. */
export class Answer {
  readonly operation: KvFunction;
  readonly key: Uint8Array;
  /** What a get read; null when the key was absent, and for writes. `String(value)` is its text. */
  readonly value: Value | null;
  /** Did the key exist before the call? */
  readonly existed: boolean;
  /** 16 random bytes that the client chose. */
  readonly requestId: Uint8Array;
  /** Where the service says that the call ran. */
  readonly epoch: number;
  readonly thread: number;
  readonly #pending: PendingAnswer;
  readonly #desk: CertificationDesk;

  /** @throws ZetaError `D.kind` or `D.length` when the result is none of this operation. */
  constructor(pending: PendingAnswer<KvQuestion>, desk: CertificationDesk) {
    const { operation, argument, requestId } = pending.question;
    const result = decodeKvResult(operation, pending.result);
    this.operation = operation;
    const call = decodeKvArgument(kvFunctionNumber(operation), argument);
    assert("key" in call && !("done" in result), "an operation over one record");
    this.key = call.key;
    this.value = "value" in result && result.value !== null ? new Value(result.value) : null;
    this.existed = "existed" in result ? result.existed : result.value !== null;
    this.requestId = requestId;
    this.epoch = pending.told.epoch;
    this.thread = pending.told.thread;
    this.#pending = pending;
    this.#desk = desk;
  }

  /**
   * Resolves when the epoch of this answer is certified and the receipt proves that the monitor
   * computed exactly this answer.
   *
   * @throws RefusedError with evidence when it does not; the signal's reason when aborted.
   * @example
   * const proof = await answer.certified({ timeoutMs: 5_000 });
   * console.log(proof.report());
   */
  async certified(options: CertifiedOptions = {}): Promise<Proof> {
    const { timeoutMs = CERTIFICATION_TIMEOUT_MS, signal } = options;
    return this.#desk.wait(this.#pending, { timeoutMs, signal });
  }
}
