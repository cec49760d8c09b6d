// SPDX-License-Identifier: Apache-2.0

import type { ServicePolicy } from "@zeta/attestation/verify-service";
import { CertificateChain } from "@zeta/client/certificate-chain";
import type { Question } from "@zeta/client/evidence";
import { checkAnswer } from "@zeta/client/verify/check-answer";
import { checkAttestation } from "@zeta/client/verify/check-attestation";
import type { Random } from "@zeta/monitor/test/support/random";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { encodeKvArgument, type KvRecordOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import { decodeReceipt } from "@zeta/protocol/receipt";
import type { Network } from "./network.ts";
import type { SimClock } from "./sim-clock.ts";

/** What a client was told, and later whether its epoch is certified to it. */
export interface Told {
  readonly operation: KvRecordOperation;
  readonly question: Question;
  readonly result: Uint8Array;
  readonly epoch: number;
  readonly thread: number;
  /** Where the receipt places the call in the log; null until the client believes it. */
  place: Place | null;
}

export interface Place {
  /** Counts the instances that the client believed one after the other: 0 unless it is gullible. */
  readonly instance: number;
  readonly epoch: number;
  readonly thread: number;
  readonly index: bigint;
}

/** A check of the client that can be left out, to show that the simulator would notice. */
export type Weakness = "believes any answer" | "believes any instance";

export interface ClientParts {
  readonly number: number;
  readonly network: Network;
  readonly clock: SimClock;
  readonly random: Random;
  readonly policy: ServicePolicy;
  readonly weakness: Weakness | null;
  readonly trace: (line: string) => void;
}

const KEYS = ["a", "b", "c", "d"];

/**
 * One client with keys of its own. It checks what `@zeta/client` checks, with the same code: quote, chain of certificates, and for every answer
 * of a certified epoch its receipt. The first thing that does not hold ends its belief in the instance for good.
 */
export class SimClient {
  readonly told: Told[] = [];
  /** Calls without an answer: they may have run, or not. */
  readonly unanswered: KvRecordOperation[] = [];
  readonly number: number;
  readonly #parts: ClientParts;
  #chain: CertificateChain | null = null;
  #instance = 0;
  #refusal: string | null = null;
  #isBusy = false;
  /** Has asked everything it wanted to, or was refused an answer. */
  isDone = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.number = parts.number;
  }

  get refusal(): string | null {
    return this.#refusal;
  }

  get keys(): readonly Uint8Array[] {
    return KEYS.map((key) => utf8(`${this.number}/${key}`));
  }

  /** All answers are certified. */
  get isSatisfied(): boolean {
    return this.isDone && this.told.every(({ place }) => place !== null);
  }

  async start(calls: number): Promise<void> {
    const { network, clock, random, policy } = this.#parts;
    await clock.sleep(random.below(200));
    const { attestation } = network.instanceFor(this.number);
    const { failure } = await checkAttestation(attestation, policy);
    if (failure !== null) return this.#refuse(`attestation: ${failure.detail}`);
    this.#chain = new CertificateChain(attestation);
    for (let i = 0; i < calls && this.#refusal === null; i++) {
      await clock.sleep(random.below(60));
      if (!(await this.#ask())) break;
    }
    this.isDone = true;
  }

  /** False: the service did not answer. */
  async #ask(): Promise<boolean> {
    const { network, random, trace } = this.#parts;
    const operation = this.#operation();
    const requestId = random.bytes(16);
    const argument = encodeKvArgument(operation);
    const question: Question = { operation: operation.operation, requestId, argument };
    try {
      const { result, epoch, thread } = await network.execute(this.number, {
        function: kvFunctionNumber(operation.operation),
        argument,
        requestId: toHex(requestId),
      });
      this.told.push({ operation, question, result, epoch, thread, place: null });
      trace(`client ${this.number}: ${nameOf(operation)} told ${toHex(result)} in epoch ${epoch}`);
      return true;
    } catch (error) {
      if (!isZetaError(error)) throw error;
      this.unanswered.push(operation);
      trace(`client ${this.number}: ${nameOf(operation)} refused, ${error.code}`);
      return false;
    }
  }

  #operation(): KvRecordOperation {
    const { random } = this.#parts;
    const key = random.pick(this.keys);
    if (random.oneIn(2)) return { operation: "get", key };
    if (random.oneIn(5)) return { operation: "delete", key };
    return { operation: "put", key, value: random.bytes(random.below(9)) };
  }

  /** Looks for new certificates and judges the answers that they speak of. */
  async follow(): Promise<void> {
    if (this.#isBusy || this.#chain === null || this.#refusal !== null) return;
    this.#isBusy = true;
    const { network } = this.#parts;
    const head = this.#chain.head?.certificate.epoch ?? -1;
    for (const bytes of network.certificates(this.number, head + 1)) this.#take(bytes);
    for (const told of this.told) {
      if (told.place === null && this.#refusal === null) await this.#judge(told);
    }
    this.#isBusy = false;
  }

  #take(bytes: Uint8Array): void {
    if (this.#chain === null || this.#refusal !== null) return;
    try {
      this.#chain.take(decodeCertificate(bytes));
    } catch (error) {
      if (!isZetaError(error)) throw error;
      if (this.#parts.weakness === "believes any instance") this.#believeAnother();
      else this.#refuse(`certificate: ${error.code}`);
    }
  }

  /** What a client must never do: take whatever serves now for the service it knows. */
  #believeAnother(): void {
    const { attestation } = this.#parts.network.instanceFor(this.number);
    const known = this.#chain?.attestation.instanceId ?? new Uint8Array(0);
    if (equalBytes(attestation.instanceId, known)) {
      this.#refuse("nobody else to believe");
      return;
    }
    this.#chain = new CertificateChain(attestation);
    this.#instance++;
  }

  async #judge(told: Told): Promise<void> {
    const certificate = this.#chain?.get(told.epoch) ?? null;
    if (certificate === null) return;
    const { network, weakness } = this.#parts;
    const { question, result } = told;
    const receipt = await network.receipt(this.number, toHex(question.requestId));
    if (this.#refusal !== null) return;
    const { failure } = checkAnswer({ question, result, receipt, told }, [certificate]);
    if (failure !== null && weakness === "believes any instance") return this.#believeAnother();
    if (failure !== null && weakness !== "believes any answer") {
      return this.#refuse(`${nameOf(told.operation)} in epoch ${told.epoch}: ${failure.code}`);
    }
    const { epoch, thread } = told;
    told.place = { instance: this.#instance, epoch, thread, index: indexIn(receipt) };
    this.#parts.trace(
      `client ${this.number}: ${nameOf(told.operation)} certified in epoch ${told.epoch}`,
    );
  }

  #refuse(why: string): void {
    this.#refusal = why;
    this.isDone = true;
    this.#parts.trace(`client ${this.number}: believes no more, ${why}`);
  }
}

/** The place among the leaves; a gullible client has not looked whether there is one. */
function indexIn(receipt: Uint8Array | null): bigint {
  try {
    return receipt === null ? 0n : decodeReceipt(receipt).index;
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return 0n;
  }
}

export function nameOf(operation: KvRecordOperation): string {
  const key = Buffer.from(operation.key).toString();
  const value = operation.operation === "put" ? ` ${toHex(operation.value)}` : "";
  return `${operation.operation} ${key}${value}`;
}
