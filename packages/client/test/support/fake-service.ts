// SPDX-License-Identifier: Apache-2.0
/**
 * The service's HTTP API as a fetch function over a {@link FakeEnclave}: no port, no clock, and a
 * hook for every way to lie.
 */

import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import { lineageToJson } from "@zeta/attestation/service-lineage";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { fromHex, toHex } from "@zeta/protocol/hex";
import type { BatchRequest, OperationAnswer, OperationRequest } from "@zeta/protocol/http-api";
import {
  applyKv,
  encodeKvArgument,
  encodeKvResult,
  KV_FUNCTIONS,
  type KvOperation,
  kvKeys,
} from "@zeta/protocol/kv";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import type { Fetch } from "../../src/http/transport.ts";
import { FakeEnclave } from "./fake-enclave.ts";

/** Each lie replaces one honest piece; undefined leaves it honest. */
export interface Lies {
  /** Replaces what the client is told about a call. */
  answer?: (honest: OperationAnswer, request: OperationRequest) => OperationAnswer;
  /** The call is acknowledged and not executed. */
  drop?: (request: OperationRequest) => boolean;
  /** Takes the execution of an acknowledged call into its own hands; true: it did. */
  later?: ((execute: () => void) => boolean) | undefined;
  /** Replaces an entry of the receipts answer. */
  receipt?: (honest: Record<string, unknown>, id: string) => unknown;
  /** Replaces a whole response by path. */
  response?: (path: string, init: RequestInit) => Response | Promise<Response> | undefined;
  /** Sent on the stream instead of a certificate. */
  streamed?: (certificate: Uint8Array) => Uint8Array | null;
}

export class FakeService {
  enclave: FakeEnclave;
  lies: Lies = {};
  /** Has the service a working event stream? */
  streams = true;
  violation: Uint8Array | null = null;
  /** Certificates below this epoch are not shown any more. */
  oldest = 0;
  /** Instances that have ended, oldest first, whose certificates and receipts are still shown. */
  readonly past: FakeEnclave[] = [];
  /** Paths asked for, in order. */
  readonly requests: string[] = [];
  readonly #records = new Map<string, Uint8Array>();
  readonly #subscribers = new Set<ReadableStreamDefaultController<Uint8Array>>();

  constructor(seed = 1, threads = 1) {
    this.enclave = new FakeEnclave(seed, { threads });
  }

  get openStreams(): number {
    return this.#subscribers.size;
  }

  readonly fetch: Fetch = async (url, init) => {
    const path = url.replace(/^https?:\/\/[^/]+\//, "");
    this.requests.push(path);
    init.signal?.throwIfAborted();
    return (await this.lies.response?.(path, init)) ?? this.#route(path, init);
  };

  /** Certifies the running epoch and tells everybody who listens. */
  closeEpoch(): Uint8Array {
    const certificate = this.enclave.closeEpoch();
    const told = this.lies.streamed ? this.lies.streamed(certificate) : certificate;
    if (told !== null) this.#publish(this.#certificateEvent(told));
    return certificate;
  }

  /** Sends an event to everybody who listens. */
  publishCertificate(certificate: Uint8Array): void {
    this.#publish(this.#certificateEvent(certificate));
  }

  fail(violation: Uint8Array): void {
    this.violation = violation;
    const data = JSON.stringify({ type: "violation", violation: toHex(violation) });
    this.#publish(`event: violation\ndata: ${data}\n\n`);
  }

  /** Sends raw bytes on every open stream. */
  publishRaw(text: string): void {
    this.#publish(text);
  }

  /** Another instance answers from now on; the connections to the one before end. */
  restart(enclave: FakeEnclave): void {
    this.enclave = enclave;
    this.endStreams();
  }

  endStreams(): void {
    for (const one of this.#subscribers) one.close();
    this.#subscribers.clear();
  }

  #route(path: string, init: RequestInit): Response {
    const { enclave } = this;
    const [route, query = ""] = path.split("?");
    const epoch = /^v1\/epochs\/(\d+)\/certificate$/.exec(path)?.[1];
    if (route === "v1/attestation") return json(serviceAttestationToJson(enclave.attestation));
    if (route === "v1/lineage") return json(lineageToJson(enclave.lineage));
    if (route === "v1/ops") return this.#operations(JSON.parse(String(init.body)));
    if (route === "v1/receipts") return this.#receipts(JSON.parse(String(init.body)).ids);
    if (route === "v1/violations") {
      return json({ violations: this.violation === null ? [] : [toHex(this.violation)] });
    }
    if (route === "v1/epochs/latest") {
      const certificate = enclave.closed.at(-1)?.certificate;
      const hex = certificate === undefined ? null : toHex(certificate);
      return json({
        current: enclave.epoch,
        certified: hex && enclave.epoch - 1,
        certificate: hex,
      });
    }
    if (route === "v1/epochs/stream" && this.streams) return this.#stream(query, init.signal);
    if (epoch !== undefined) return this.#certificate(Number(epoch));
    return problem(404, "unknown_path", `no ${path}`);
  }

  #certificate(epoch: number): Response {
    const shown = [this.enclave, ...this.past.toReversed()];
    const holder = shown.find(({ firstEpoch }) => firstEpoch <= epoch);
    const certificate = epoch < this.oldest ? null : (holder?.certificateOf(epoch) ?? null);
    if (certificate === null) return problem(404, "epoch_unknown", "not here");
    return json({ epoch, certificate: toHex(certificate) });
  }

  #operations(body: BatchRequest): Response {
    if (this.violation !== null) {
      return problem(503, "monitor_failed", "refused", { violation: toHex(this.violation) });
    }
    const results = body.operations.map((request) => this.#operation(request));
    return json({ results });
  }

  #operation(request: OperationRequest): OperationAnswer {
    const call = callOf(request);
    const names = kvKeys(call).map(toHex);
    const before = names.map((name) => this.#records.get(name) ?? null);
    const { result, after } = applyKv(call, before);
    const bytes = encodeKvResult(result);
    const requestId = request.requestId ?? "";
    const { epoch } = this.enclave;
    const thread = 0;
    const execute = () => {
      for (const [i, name] of names.entries()) {
        const value = after[i] ?? null;
        if (value === null) this.#records.delete(name);
        else this.#records.set(name, value);
      }
      const number = KV_FUNCTIONS.indexOf(call.operation);
      const hash = receiptLeaf({
        requestId: fromHex(requestId),
        thread,
        epoch,
        function: number,
        argumentDigest: argumentDigest(encodeKvArgument(call)),
        resultDigest: resultDigest(bytes),
      });
      this.enclave.append({ requestId: fromHex(requestId), function: number, hash }, thread);
    };
    const isAside = this.lies.drop?.(request) === true || this.lies.later?.(execute) === true;
    if (!isAside) execute();
    const honest = { requestId, epoch, thread, result: Buffer.from(bytes).toString("base64") };
    return this.lies.answer?.(honest, request) ?? honest;
  }

  #receipts(ids: readonly string[]): Response {
    const receipts = ids.map((id) => {
      const found = [this.enclave, ...this.past]
        .map((enclave) => enclave.receipt(fromHex(id)))
        .find((one) => one !== null);
      const honest =
        found === undefined || found === null
          ? { status: "unknown", requestId: id }
          : {
              status: "certified",
              requestId: id,
              receipt: toHex(found.receipt),
              certificate: toHex(found.certificate),
            };
      return this.lies.receipt?.(honest, id) ?? honest;
    });
    return json({ receipts });
  }

  #stream(query: string, signal: AbortSignal | null | undefined): Response {
    const { closed, epoch, firstEpoch } = this.enclave;
    const from = Number(/from=(\d+)/.exec(query)?.[1] ?? epoch - 1) - firstEpoch;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#subscribers.add(controller);
        controller.enqueue(encoder.encode(": connected\n\n"));
        for (const { certificate } of closed.slice(Math.max(0, from))) {
          controller.enqueue(encoder.encode(this.#certificateEvent(certificate)));
        }
        signal?.addEventListener("abort", () => {
          if (this.#subscribers.delete(controller)) controller.error(signal.reason);
        });
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #certificateEvent(bytes: Uint8Array): string {
    const { epoch } = decodeCertificate(bytes).certificate;
    const data = JSON.stringify({ type: "certificate", epoch, certificate: toHex(bytes) });
    return `event: certificate\nid: ${epoch}\ndata: ${data}\n\n`;
  }

  #publish(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (const one of this.#subscribers) one.enqueue(bytes);
  }
}

function callOf(request: OperationRequest): KvOperation {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
  if ("items" in request) {
    const items = request.items.map(({ key, condition = "any", write = "keep" }): TransactItem => {
      return {
        key: bytes(key),
        condition:
          typeof condition === "string" ? condition : { equals: fromHex(condition.equals) },
        write: typeof write === "string" ? write : { put: bytes(write.put) },
      };
    });
    return { operation: "transact", items };
  }
  const key = bytes(request.key);
  return request.operation === "put"
    ? { operation: "put", key, value: bytes(request.value ?? "") }
    : { operation: request.operation === "get" ? "get" : "delete", key };
}

export function json(value: unknown, status = 200): Response {
  const headers = { "content-type": "application/json" };
  return new Response(JSON.stringify(value), { status, headers });
}

export function problem(status: number, code: string, detail: string, more = {}): Response {
  return json({ type: "about:blank", title: code, status, code, detail, ...more }, status);
}
