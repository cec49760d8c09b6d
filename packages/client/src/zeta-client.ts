// SPDX-License-Identifier: Apache-2.0

import type { Service } from "@zeta/app";
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import type { SignedCertificate } from "@zeta/protocol/certificate";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { OperationRequest } from "@zeta/protocol/http-api";
import { encodeKvArgument, type KvRecordOperation } from "@zeta/protocol/kv";
import { REQUEST_ID_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { Answer } from "./answer.ts";
import type { CallOptions } from "./call-options.ts";
import type { KvQuestion, Question } from "./evidence.ts";
import type { ToldAnswer, ToldServiceAnswer } from "./http/answers.ts";
import { toBase64 } from "./http/base64.ts";
import type { ServiceApi } from "./http/service-api.ts";
import { TransportError } from "./http/transport-error.ts";
import { BATCH_BODY_BYTES_MAX, BATCH_OPERATIONS_MAX } from "./limits.ts";
import { AnswerJudge } from "./live/answer-judge.ts";
import { CallOrder, type CallTime } from "./live/call-order.ts";
import { CertificationDesk } from "./live/certification-desk.ts";
import type { InstanceWatch, WatchListener } from "./live/instance-watch.ts";
import { refusalOf } from "./live/pending-answer.ts";
import { type RefusalCode, RefusedError } from "./refusal.ts";
import { ServiceAnswer } from "./service-answer.ts";
import { type ServiceCall, ServiceCalls, type ServiceClient } from "./service-calls.ts";
import type { ResolvedTrust } from "./trust.ts";
import { type BytesLike, bytesOf } from "./value.ts";
import type { Findings, Step } from "./verify/findings.ts";
import { writeEvidence } from "./write-evidence.ts";

/** One operation of a batch. Text goes as UTF-8. */
export type Operation =
  | { readonly operation: "get"; readonly key: BytesLike }
  | { readonly operation: "put"; readonly key: BytesLike; readonly value: BytesLike }
  | { readonly operation: "delete"; readonly key: BytesLike };

/** JSON around one operation of a batch: names, quotes, request id. */
const OPERATION_FRAMING_BYTES = 96;

/**
 * A connection to one attested instance of a service that is not trusted. Answers come at once and
 * are provisional; each can be waited for until it is certified. Made by `connect`.
 */
export class ZetaClient {
  /** What the service says of itself; the quote in it was checked. */
  readonly attestation: ServiceAttestation;
  /** How it was checked: quote, key, instance and monitor, all passed. */
  readonly attestationSteps: readonly Step[];
  readonly #api: ServiceApi;
  readonly #watch: InstanceWatch;
  readonly #desk: CertificationDesk;
  readonly #order = new CallOrder();
  #closed = false;

  constructor(
    api: ServiceApi,
    watch: InstanceWatch,
    attestationFindings: Findings,
    trust: ResolvedTrust,
  ) {
    this.attestation = watch.chain.attestation;
    this.attestationSteps = attestationFindings.steps;
    this.#api = api;
    this.#watch = watch;
    this.#desk = new CertificationDesk(
      api,
      watch,
      new AnswerJudge(watch, attestationFindings, trust, this.#order),
    );
  }

  /** Is the quote a simulated one, which proves nothing about hardware? */
  get simulated(): boolean {
    return this.attestation.tee === "simulation";
  }

  /** The newest certificate that was checked, null before the first. */
  get head(): SignedCertificate | null {
    return this.#watch.chain.head;
  }

  /** Why the instance is refused for good, null while it is not. */
  get refusal(): RefusedError | null {
    return this.#watch.refusal;
  }

  async get(key: BytesLike, options?: CallOptions): Promise<Answer> {
    return first(await this.batch([{ operation: "get", key }], options));
  }

  async put(key: BytesLike, value: BytesLike, options?: CallOptions): Promise<Answer> {
    return first(await this.batch([{ operation: "put", key, value }], options));
  }

  async delete(key: BytesLike, options?: CallOptions): Promise<Answer> {
    return first(await this.batch([{ operation: "delete", key }], options));
  }

  /**
   * Runs operations in order, each its own call with its own receipt. Not repeated when no answer
   * comes: they may have run.
   *
   * @throws RefusedError; ZetaError `key_too_long`, `value_too_large`, `batch_too_large` or
   * `client_closed` before anything is sent.
   */
  async batch(
    operations: readonly Operation[],
    { signal }: CallOptions = {},
  ): Promise<readonly Answer[]> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ZetaError("client_closed", "expected an open client");
    const { questions, requests } = prepare(operations);
    if (this.#watch.refusal !== null) throw this.#refusalFor(this.#watch.refusal, questions);
    if (questions.length === 0) return [];
    const reads = questions.filter(({ operation }) => operation === "get").length;
    const size = { count: questions.length, resultBytes: reads * (1 + VALUE_BYTES_MAX) };
    const answered = this.#order.send();
    try {
      const told = await this.#api.operations({ operations: requests }, size, signal);
      const time = answered();
      return questions.map((question, i) => this.#answer(question, told[i], time(i)));
    } catch (error) {
      throw await this.#failure(error, questions);
    }
  }

  /**
   * The operations of a service in TypeScript, by the types of its own definition, which the caller trusts: arguments and results are
   * encoded by its schemas, so a receipt proves them as they are here.
   *
   * @example
   * const bank = zeta.service(bankService);
   * const { result, certified } = await bank.transfer({ from: "alice", to: "bob", amount: 5 });
   */
  service<S extends Service>(service: S): ServiceClient<S> {
    const calls = new ServiceCalls(service);
    const functions = calls.names.map((name) => [
      name,
      (args: unknown, options?: CallOptions) => this.callService(calls, name, args, options),
    ]);
    return Object.fromEntries(functions) as ServiceClient<S>;
  }

  /** One call by name, for callers that know the service at run time only. */
  async callService(
    calls: ServiceCalls,
    name: string,
    args: unknown,
    { signal }: CallOptions = {},
  ): Promise<ServiceAnswer<unknown>> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ZetaError("client_closed", "expected an open client");
    const requestId = crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES));
    const call = calls.prepare(name, args, requestId);
    if (this.#watch.refusal !== null) throw this.#refusalFor(this.#watch.refusal, []);
    const answered = this.#order.send();
    try {
      const told = await this.#api.call(call.name, call.json, toHex(requestId), signal);
      return this.#serviceAnswer(call, told, requestId, answered()(0));
    } catch (error) {
      throw await this.#failure(error, []);
    }
  }

  #serviceAnswer(
    call: ServiceCall,
    told: ToldServiceAnswer,
    requestId: Uint8Array,
    time: CallTime,
  ): ServiceAnswer<unknown> {
    if (!equalBytes(told.requestId, requestId)) {
      const detail = `expected the answer to request ${toHex(requestId)}, got another`;
      throw this.#refused("receipt_mismatch", detail, null, null, null);
    }
    try {
      const { question, result, value } = call.read(told);
      const { epoch, thread } = told;
      return new ServiceAnswer(
        value,
        { question, result, told: { epoch, thread }, time },
        this.#desk,
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const detail = `malformed answer of ${call.name}: ${reason}`;
      throw this.#refused("service_error", detail, "malformed_answer", null, null, cause);
    }
  }

  /**
   * Follows the instance: certificates as they come and its refusal, if it comes to that. Keeps a
   * connection open until the returned function is called.
   */
  watch(listener: WatchListener): () => void {
    return this.#watch.listen(listener);
  }

  /** Ends all connections; answers that still wait are rejected. */
  close(): void {
    this.#closed = true;
    this.#desk.close(new ZetaError("client_closed", "the client was closed while answers waited"));
    this.#watch.close();
  }

  #answer(question: KvQuestion, told: ToldAnswer | undefined, time: CallTime): Answer {
    assert(told !== undefined, "as many answers as questions");
    const { epoch, thread, result } = told;
    if (!equalBytes(told.requestId, question.requestId)) {
      const [expected, got] = [toHex(question.requestId), toHex(told.requestId)];
      const detail = `expected the answer to request ${expected}, got the one to ${got}`;
      throw this.#refused("receipt_mismatch", detail, null, question, result);
    }
    try {
      return new Answer({ question, result, told: { epoch, thread }, time }, this.#desk);
    } catch (cause) {
      if (!(cause instanceof ZetaError)) throw cause;
      const detail = `malformed result of ${question.operation}: ${cause.message}`;
      throw this.#refused("service_error", detail, "malformed_answer", question, result);
    }
  }

  /**
   * What a failed request means: a violation if the monitor signed one, else the service's or the
   * network's fault.
   */
  async #failure(error: unknown, questions: readonly Question[]): Promise<unknown> {
    if (!(error instanceof TransportError)) return error;
    if (error.violation !== null) await this.#watch.takeViolation(error.violation);
    if (error.problem === "monitor_failed") await this.#watch.investigate();
    if (this.#watch.refusal !== null) return this.#refusalFor(this.#watch.refusal, questions);
    return this.#refused(
      error.code,
      error.message,
      error.problem,
      questions[0] ?? null,
      null,
      error,
    );
  }

  #refusalFor(refusal: RefusedError, questions: readonly Question[]): RefusedError {
    const question = questions[0];
    return question === undefined ? refusal : refusalOf(refusal, question, null);
  }

  #refused(
    code: RefusalCode,
    detail: string,
    check: string | null,
    question: Question | null,
    result: Uint8Array | null,
    cause?: unknown,
  ): RefusedError {
    const { attestation } = this;
    const refusal = { code, check, detail };
    const evidence = writeEvidence({ attestation, question, result, refusal });
    return new RefusedError(code, detail, { check, evidence, cause });
  }
}

function first(answers: readonly Answer[]): Answer {
  const answer = answers[0];
  assert(answer !== undefined, "an answer for the one operation");
  return answer;
}

interface Prepared {
  readonly questions: readonly KvQuestion[];
  readonly requests: readonly OperationRequest[];
}

function prepare(operations: readonly Operation[]): Prepared {
  if (operations.length > BATCH_OPERATIONS_MAX) {
    tooLarge(`at most ${BATCH_OPERATIONS_MAX} operations`, operations.length);
  }
  const ids = new Uint8Array(REQUEST_ID_BYTES * operations.length);
  // 4096 ids are the 65 536 bytes that getRandomValues gives at once.
  crypto.getRandomValues(ids);
  let bytes = 0;
  const questions: KvQuestion[] = [];
  const requests = operations.map((operation, i): OperationRequest => {
    const requestId = ids.slice(i * REQUEST_ID_BYTES, (i + 1) * REQUEST_ID_BYTES);
    const call = callOf(operation);
    questions.push({ operation: call.operation, requestId, argument: encodeKvArgument(call) });
    const request = {
      operation: call.operation,
      requestId: toHex(requestId),
      key: toBase64(call.key),
      ...(call.operation === "put" ? { value: toBase64(call.value) } : {}),
    };
    bytes += OPERATION_FRAMING_BYTES + request.key.length + (request.value?.length ?? 0);
    return request;
  });
  if (bytes > BATCH_BODY_BYTES_MAX) tooLarge(`at most ${BATCH_BODY_BYTES_MAX} bytes`, bytes);
  return { questions, requests };
}

function callOf(operation: Operation): KvRecordOperation {
  const key = bytesOf(operation.key);
  return operation.operation === "put"
    ? { operation: "put", key, value: bytesOf(operation.value) }
    : { operation: operation.operation, key };
}

function tooLarge(expected: string, got: number): never {
  throw new ZetaError("batch_too_large", `expected ${expected} in a batch, got ${got}`);
}
