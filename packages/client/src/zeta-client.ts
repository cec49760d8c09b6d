// SPDX-License-Identifier: Apache-2.0

import type { Service } from "@zeta/app";
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { equalBytes } from "@zeta/protocol/bytes";
import type { SignedCertificate } from "@zeta/protocol/certificate";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { KvOperation, KvRecordOperation } from "@zeta/protocol/kv";
import { REQUEST_ID_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { Answer } from "./answer.ts";
import { batchRequest } from "./batch-request.ts";
import type { CallOptions } from "./call-options.ts";
import type { KvQuestion, Question } from "./evidence.ts";
import type { ToldAnswer, ToldServiceAnswer } from "./http/answers.ts";
import type { ServiceApi } from "./http/service-api.ts";
import { TransportError } from "./http/transport-error.ts";
import { AnswerJudge } from "./live/answer-judge.ts";
import { CallOrder } from "./live/call-order.ts";
import { CertificationDesk } from "./live/certification-desk.ts";
import type { InstanceWatch, WatchListener } from "./live/instance-watch.ts";
import { type PendingAnswer, refusalOf } from "./live/pending-answer.ts";
import { type RefusalCode, RefusedError } from "./refusal.ts";
import { ServiceAnswer } from "./service-answer.ts";
import { type ServiceCall, ServiceCalls, type ServiceClient } from "./service-calls.ts";
import { TransactAnswer } from "./transact-answer.ts";
import { type RecordChange, transactionOf } from "./transaction.ts";
import type { ResolvedTrust, TrustedService } from "./trust.ts";
import { type BytesLike, bytesOf } from "./value.ts";
import type { Step } from "./verify/findings.ts";
import { writeEvidence } from "./write-evidence.ts";

/** One operation of a batch. Text goes as UTF-8. */
export type Operation =
  | { readonly operation: "get"; readonly key: BytesLike }
  | { readonly operation: "put"; readonly key: BytesLike; readonly value: BytesLike }
  | { readonly operation: "delete"; readonly key: BytesLike };

/**
 * A connection to an attested instance of a service that is not trusted, and after a restart to the one that goes on with its history.
 * Answers come at once and are provisional; each can be waited for until it is certified. Made by `connect`.
 */
export class ZetaClient {
  readonly #api: ServiceApi;
  readonly #watch: InstanceWatch;
  readonly #desk: CertificationDesk;
  readonly #order = new CallOrder();
  readonly #service: TrustedService;
  #closed = false;

  constructor(api: ServiceApi, watch: InstanceWatch, trust: ResolvedTrust) {
    this.#api = api;
    this.#watch = watch;
    this.#service = trust.service;
    this.#desk = new CertificationDesk(api, watch, new AnswerJudge(watch, trust, this.#order));
  }

  /** What the service says of itself; the quote in it was checked. After a restart that of the instance that took over. */
  get attestation(): ServiceAttestation {
    return this.#watch.instance.attestation;
  }

  /** How it was checked: quote, key, instance and monitor, and the instances before, all passed. */
  get attestationSteps(): readonly Step[] {
    return this.#watch.instance.steps;
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
   * @throws RefusedError; ZetaError `key_too_long`, `value_too_large`, `batch_too_large`,
   * `client_closed` or `service_not_trusted` before anything is sent.
   */
  async batch(operations: readonly Operation[], options?: CallOptions): Promise<readonly Answer[]> {
    const pending = await this.#ask(operations.map(callOf), options);
    return pending.map((one) => this.#read(one, () => new Answer(one, this.#desk)));
  }

  /**
   * Compares records, and writes them all if every condition holds, in one step that is certified as one: nothing else runs between. If
   * one does not hold, nothing is written, and the answer says which.
   *
   * @param changes 1 to 128 different records.
   * @throws RefusedError; ZetaError `invalid_request`, `invalid_transaction`, `duplicate_record`, `key_too_long`, `value_too_large`,
   * `payload_too_large`, `client_closed` or `service_not_trusted` before anything is sent.
   * @example
   * // Moves 5 from a to b, unless somebody changed them meanwhile.
   * const [a, b] = [await zeta.get("a"), await zeta.get("b")];
   * const moved = await zeta.transact([
   *   { key: "a", ifEquals: a.value, put: String(Number(a.value) - 5) },
   *   { key: "b", ifEquals: b.value, put: String(Number(b.value) + 5) },
   * ]);
   * if (moved.done) console.log((await moved.certified()).report());
   */
  async transact(changes: readonly RecordChange[], options?: CallOptions): Promise<TransactAnswer> {
    const { call, order } = transactionOf(changes);
    const pending = first(await this.#ask([call], options));
    return this.#read(pending, () => new TransactAnswer(pending, order, this.#desk));
  }

  /** Sends calls, and gives back what was told of each, for its own question. */
  async #ask(
    calls: readonly KvOperation[],
    { signal }: CallOptions = {},
  ): Promise<readonly PendingAnswer<KvQuestion>[]> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ZetaError("client_closed", "expected an open client");
    this.#demand("built-in");
    const { questions, requests } = batchRequest(calls);
    if (this.#watch.refusal !== null) throw this.#refusalFor(this.#watch.refusal, questions);
    if (questions.length === 0) return [];
    const reads = questions.filter(({ operation }) => operation === "get").length;
    const size = { count: questions.length, resultBytes: reads * (1 + VALUE_BYTES_MAX) };
    const answered = this.#order.send();
    const { generation } = this.#watch;
    try {
      const told = await this.#api.operations({ operations: requests }, size, signal);
      const time = answered();
      return questions.map((question, i) =>
        this.#pending(question, told[i], { time: time(i), generation }),
      );
    } catch (error) {
      throw await this.#failure(error, questions);
    }
  }

  /**
   * The operations of a service in TypeScript, by the types of its own definition, which the caller trusts: arguments and results are
   * encoded by its schemas, so a receipt proves them as they are here. `Trust.serviceCode` must name the code: that of another service
   * could have other words for the same bytes, and calls end with ZetaError `service_not_trusted`.
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
    this.#demand("own");
    const requestId = crypto.getRandomValues(new Uint8Array(REQUEST_ID_BYTES));
    const call = calls.prepare(name, args, requestId);
    if (this.#watch.refusal !== null) throw this.#refusalFor(this.#watch.refusal, []);
    const answered = this.#order.send();
    const { generation } = this.#watch;
    try {
      const told = await this.#api.call(call.name, call.json, toHex(requestId), signal);
      return this.#serviceAnswer(call, told, requestId, { time: answered()(0), generation });
    } catch (error) {
      throw await this.#failure(error, []);
    }
  }

  /**
   * Questions are in the words of the service that is trusted. In those of another, an answer could be certified that says something else to
   * the monitor than to this client.
   */
  #demand(service: TrustedService): void {
    if (service === this.#service) return;
    const expected =
      service === "own"
        ? "trust in the service's code (trust.serviceCode), got trust in the key-value service alone"
        : "trust in the key-value service, got trust in the code of another (trust.serviceCode)";
    throw new ZetaError("service_not_trusted", `expected ${expected}`);
  }

  #serviceAnswer(
    call: ServiceCall,
    told: ToldServiceAnswer,
    requestId: Uint8Array,
    asked: Pick<PendingAnswer, "time" | "generation">,
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
        { question, result, told: { epoch, thread }, ...asked },
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

  #pending(
    question: KvQuestion,
    told: ToldAnswer | undefined,
    asked: Pick<PendingAnswer, "time" | "generation">,
  ): PendingAnswer<KvQuestion> {
    assert(told !== undefined, "as many answers as questions");
    const { epoch, thread, result } = told;
    if (!equalBytes(told.requestId, question.requestId)) {
      const [expected, got] = [toHex(question.requestId), toHex(told.requestId)];
      const detail = `expected the answer to request ${expected}, got the one to ${got}`;
      throw this.#refused("receipt_mismatch", detail, null, question, result);
    }
    return { question, result, told: { epoch, thread }, ...asked };
  }

  /** The answer that `read` makes of what was told, unless the operation has no such result. */
  #read<T>({ question, result }: PendingAnswer<KvQuestion>, read: () => T): T {
    try {
      return read();
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
    const { attestation, lineage } = this.#watch.instance;
    const refusal = { code, check, detail };
    const evidence = writeEvidence({ attestation, lineage, question, result, refusal });
    return new RefusedError(code, detail, { check, evidence, cause });
  }
}

function first<T>(answers: readonly T[]): T {
  const answer = answers[0];
  assert(answer !== undefined, "an answer for the one operation");
  return answer;
}

function callOf(operation: Operation): KvRecordOperation {
  const key = bytesOf(operation.key);
  return operation.operation === "put"
    ? { operation: "put", key, value: bytesOf(operation.value) }
    : { operation: operation.operation, key };
}
