// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from "node:crypto";
import { CertificateChain } from "@zeta/client/certificate-chain";
import { resolveTrust } from "@zeta/client/trust";
import { checkAnswer } from "@zeta/client/verify/check-answer";
import { checkAttestation } from "@zeta/client/verify/check-attestation";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { assert, ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { decodeKvResult, encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { Executed } from "@zeta/service/engine-call";
import type { ServiceEngine } from "@zeta/service/service-engine";
import { createLocalEngine, type LocalEngineOptions } from "./local-engine.ts";
import type { Target, TargetAnswer, TargetCall } from "./target.ts";

/** Request ids drawn at once: one call of the system's generator costs as much as a hundred ids. */
const IDS_AT_ONCE = 1024;
/** A clean end waits for the last epoch, not for ever. */
const CLOSE_DEADLINE_MS = 10_000;
const TRUST = resolveTrust({ simulation: true });

/** An answer to be verified with its receipt once its epoch is certified. */
interface Sampled {
  readonly call: TargetCall;
  readonly answer: Executed;
}

/** Stores and monitors in this process, without HTTP; the caller verifies everything as a client would. */
export async function openEngineTarget(options: LocalEngineOptions): Promise<Target> {
  return new EngineTarget(await createLocalEngine(options));
}

class EngineTarget implements Target {
  readonly #engine: ServiceEngine;
  readonly #chain: CertificateChain;
  readonly #unfollow: () => void;
  /** The engine's own timers do not keep a process alive. */
  readonly #alive = setInterval(() => {}, 60_000);
  #listener: (epoch: number) => void = () => {};
  /** Answers that wait for the certificate of their epoch. */
  #sampled: Sampled[] = [];
  #verifying: Promise<void>;
  #verified = 0;
  #ids = Buffer.alloc(0);
  #seen = -1;
  #failure: unknown = null;

  constructor(engine: ServiceEngine) {
    this.#engine = engine;
    this.#chain = new CertificateChain(engine.instance.attestation);
    this.#verifying = this.#verifyAttestation();
    this.#unfollow = engine.events.follow({ wake: () => this.#takeNews(), end: () => {} });
  }

  onCertified(listener: (epoch: number) => void): void {
    this.#listener = listener;
  }

  async batch(calls: readonly TargetCall[]): Promise<readonly TargetAnswer[]> {
    if (this.#failure !== null) throw this.#failure;
    const answers = await this.#engine.execute(
      calls.map((call) => ({
        function: kvFunctionNumber(call.operation),
        argument: encodeKvArgument(call),
        requestId: this.#nextId(),
      })),
    );
    return answers.map((answer, i) => {
      const call = calls[i];
      assert(call !== undefined, "an answer to a call");
      if (call.sample) this.#sampled.push({ call, answer });
      const result = decodeKvResult(call.operation, answer.result);
      return { epoch: answer.epoch, value: "value" in result ? result.value : null };
    });
  }

  #nextId(): string {
    if (this.#ids.length === 0) {
      this.#ids = randomFillSync(Buffer.alloc(IDS_AT_ONCE * REQUEST_ID_BYTES));
    }
    const id = this.#ids.toString("hex", 0, REQUEST_ID_BYTES);
    this.#ids = this.#ids.subarray(REQUEST_ID_BYTES);
    return id;
  }

  /** Verifies signature and chain of every certificate; what fails surfaces at the next call. */
  #takeNews(): void {
    const { certificates } = this.#engine.instance;
    try {
      while (this.#seen < (certificates.latest ?? -1)) {
        const epoch = this.#seen + 1;
        const bytes = certificates.get(epoch);
        assert(bytes !== null, `the certificate of epoch ${epoch}`);
        this.#chain.take(decodeCertificate(bytes));
        this.#seen = epoch;
        this.#listener(epoch);
      }
      this.#verifyCertified();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** At once, because neither receipts nor certificates are kept for ever. */
  #verifyCertified(): void {
    const due = this.#sampled.filter(({ answer }) => answer.epoch <= this.#seen);
    this.#sampled = this.#sampled.filter(({ answer }) => answer.epoch > this.#seen);
    this.#verifying = this.#verifying.then(async () => {
      for (const sampled of due) await this.#verify(sampled);
    });
    this.#verifying.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  async settle(epoch: number): Promise<number> {
    await this.#engine.events.whenCertified(this.#engine.instance, epoch, null);
    this.#takeNews();
    await this.#verifying;
    if (this.#failure !== null) throw this.#failure;
    return this.#verified;
  }

  async #verifyAttestation(): Promise<void> {
    const { failure } = await checkAttestation(this.#chain.attestation, TRUST.policy);
    if (failure !== null) throw new ZetaError(failure.code, failure.detail);
  }

  async #verify({ call, answer }: Sampled): Promise<void> {
    const { requestId, epoch, thread, result } = answer;
    assert(requestId !== null, "a sampled answer with a request id");
    const certificate = this.#chain.get(epoch);
    assert(certificate !== null, `the verified certificate of epoch ${epoch}`);
    const told = await this.#engine.receipt(requestId);
    if (told?.status !== "certified") {
      throw new ZetaError("receipt_missing", `expected a receipt in epoch ${epoch}, got none`);
    }
    const { operation } = call;
    const argument = encodeKvArgument(call);
    const question = { operation, requestId: fromHex(requestId), argument };
    const claim = { question, result, receipt: fromHex(told.receipt), told: { epoch, thread } };
    const { failure } = checkAnswer(claim, [certificate]);
    if (failure !== null) throw new ZetaError(failure.code, failure.detail);
    this.#verified++;
  }

  async close(): Promise<void> {
    clearInterval(this.#alive);
    this.#unfollow();
    await this.#engine.close(CLOSE_DEADLINE_MS);
  }
}
