// SPDX-License-Identifier: Apache-2.0
import {
  type ServiceAttestation,
  serviceAttestationFromJson,
} from "@zeta/attestation/service-attestation";
import { lineageFromJson, type ServiceLineage } from "@zeta/attestation/service-lineage";
import { REQUEST_ID_HEADER } from "@zeta/protocol/http-api";
import {
  ANSWER_BODY_BYTES_MAX,
  LINEAGE_BODY_BYTES_MAX,
  RECEIPT_ANSWER_BYTES_MAX,
  STATEMENT_BODY_BYTES_MAX,
  VIOLATIONS_BODY_BYTES_MAX,
} from "../limits.ts";
import {
  type EpochStatement,
  readBatchAnswer,
  readCertificateAnswer,
  readEpochEvent,
  readLatestAnswer,
  readReceiptsAnswer,
  readServiceAnswer,
  readViolationsAnswer,
  type ToldAnswer,
  type ToldReceipt,
  type ToldServiceAnswer,
} from "./answers.ts";
import { EventStreamParser } from "./event-stream.ts";
import { chunksOf } from "./read-capped.ts";
import type { Transport } from "./transport.ts";
import { TransportError } from "./transport-error.ts";

type Signal = AbortSignal | undefined;

/** Result and state of at most 64 KiB each, which JSON makes up to six times as long. */
const SERVICE_ANSWER_BYTES_MAX = 1 << 20;

/** JSON around the values of a batch answer, per operation. */
const ANSWER_FRAMING_BYTES = 256;

/**
 * The service's HTTP API as typed calls. Everything returned is decoded, and nothing of it is
 * believed yet.
 */
export class ServiceApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  attestation(signal?: Signal): Promise<ServiceAttestation> {
    return this.#transport.json("v1/attestation", serviceAttestationFromJson, {
      maxBytes: STATEMENT_BODY_BYTES_MAX,
      signal,
    });
  }

  /** What ran before the instance that answers; none for a service that knows no lineages. */
  async lineage(signal?: Signal): Promise<ServiceLineage> {
    const maxBytes = LINEAGE_BODY_BYTES_MAX;
    try {
      return await this.#transport.json("v1/lineage", lineageFromJson, { maxBytes, signal });
    } catch (error) {
      if (error instanceof TransportError && error.status === 404) return [];
      throw error;
    }
  }

  /**
   * Runs operations in order; `body` is a BatchRequest of `count` operations, `resultBytes` what
   * they may return together.
   */
  operations(
    body: unknown,
    size: { readonly count: number; readonly resultBytes: number },
    signal?: Signal,
  ): Promise<readonly ToldAnswer[]> {
    const expected = (size.count + 4) * ANSWER_FRAMING_BYTES + 2 * size.resultBytes;
    return this.#transport.json("v1/ops", (value) => readBatchAnswer(value, size.count), {
      body,
      maxBytes: Math.min(expected, ANSWER_BODY_BYTES_MAX),
      signal,
    });
  }

  /** Asks an operation or a workflow of a service in TypeScript. */
  call(
    name: string,
    args: unknown,
    requestId: string,
    signal?: Signal,
  ): Promise<ToldServiceAnswer> {
    return this.#transport.json(`v1/ops/${encodeURIComponent(name)}`, readServiceAnswer, {
      body: args,
      headers: { [REQUEST_ID_HEADER]: requestId },
      maxBytes: SERVICE_ANSWER_BYTES_MAX,
      signal,
    });
  }

  receipts(ids: readonly string[], signal?: Signal): Promise<readonly ToldReceipt[]> {
    return this.#transport.json("v1/receipts", (value) => readReceiptsAnswer(value, ids.length), {
      body: { ids },
      maxBytes: (ids.length + 1) * RECEIPT_ANSWER_BYTES_MAX,
      signal,
    });
  }

  /** The newest certificate, null before the first. */
  latestCertificate(signal?: Signal): Promise<Uint8Array | null> {
    const maxBytes = STATEMENT_BODY_BYTES_MAX;
    return this.#transport.json("v1/epochs/latest", readLatestAnswer, { maxBytes, signal });
  }

  /** Null when the service says that it has none for this epoch (yet, or any more). */
  async certificate(epoch: number, signal?: Signal): Promise<Uint8Array | null> {
    const path = `v1/epochs/${epoch}/certificate`;
    const maxBytes = STATEMENT_BODY_BYTES_MAX;
    try {
      return await this.#transport.json(path, readCertificateAnswer, { maxBytes, signal });
    } catch (error) {
      const absent =
        error instanceof TransportError &&
        (error.problem === "epoch_unknown" || error.problem === "epoch_pending");
      if (absent) return null;
      throw error;
    }
  }

  violations(signal?: Signal): Promise<readonly Uint8Array[]> {
    return this.#transport.json("v1/violations", readViolationsAnswer, {
      maxBytes: VIOLATIONS_BODY_BYTES_MAX,
      signal,
    });
  }

  /**
   * Certificates from epoch `from` on and violations as they happen; `null` for a sign of life
   * without content. Ends when the service ends it.
   */
  async *epochStream(from: number, signal: AbortSignal): AsyncGenerator<EpochStatement | null> {
    const path = `v1/epochs/stream?from=${from}`;
    const response = await this.#transport.open(path, "text/event-stream", signal);
    const type = response.headers.get("content-type") ?? "";
    if (!type.startsWith("text/event-stream")) {
      const message = `expected text/event-stream, got ${JSON.stringify(type.slice(0, 40))}`;
      throw new TransportError("service_error", message, { problem: "malformed_answer" });
    }
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    for await (const chunk of chunksOf(response)) {
      yield null;
      for (const event of parser.push(decoder.decode(chunk, { stream: true }))) {
        const statement = readEpochEvent(event);
        if (statement !== null) yield statement;
      }
    }
  }
}
