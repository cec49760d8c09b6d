// SPDX-License-Identifier: Apache-2.0
/**
 * Readers of the service's JSON answers (`@zeta/protocol/http-api`). Unknown members are ignored,
 * so that a service may say more; known ones are exact. All throw ZetaError `malformed`.
 */

import {
  DIGEST_BYTES,
  RECEIPT_PATH_MAX,
  REQUEST_ID_BYTES,
  THREADS_MAX,
  VALUE_BYTES_MAX,
} from "@zeta/protocol/limits";
import {
  arrayOf,
  fixedHexOf,
  hexOf,
  hexTextOf,
  integerOf,
  malformed,
  objectOf,
  stringOf,
} from "../json.ts";
import { VIOLATIONS_MAX } from "../limits.ts";
import { fromBase64 } from "./base64.ts";
import type { ServerEvent } from "./event-stream.ts";

/** What the host told at once: provisional. */
export interface ToldAnswer {
  readonly requestId: Uint8Array;
  readonly epoch: number;
  readonly thread: number;
  readonly result: Uint8Array;
}

/** What the host told of a call of a service in TypeScript; result and state are read by its schemas. */
export interface ToldServiceAnswer {
  readonly requestId: Uint8Array;
  readonly epoch: number;
  readonly thread: number;
  readonly result: unknown;
  readonly state: unknown;
}

/** What the host says about a receipt. */
export type ToldReceipt =
  | { readonly status: "unknown" | "provisional" }
  | {
      readonly status: "certified";
      readonly receipt: Uint8Array;
      /** Hex: the same for all receipts of an epoch, and compared before it is decoded. */
      readonly certificate: string;
    };

/** A signed statement off the stream, not checked yet. */
export interface EpochStatement {
  readonly type: "certificate" | "violation";
  readonly bytes: Uint8Array;
}

const EPOCH_MAX = 0xffff_ffff;
/**
 * Room for the longest certificate (10.6 KB), violation (512 B) and receipt; their decoders are
 * exact.
 */
const STATEMENT_BYTES_MAX = 16_384;
const RECEIPT_BYTES_MAX = 64 + RECEIPT_PATH_MAX * DIGEST_BYTES;
const RESULT_CHARACTERS_MAX = 4 * Math.ceil((1 + VALUE_BYTES_MAX) / 3);

export function readBatchAnswer(value: unknown, count: number): readonly ToldAnswer[] {
  const results = arrayOf(objectOf(value, "batch answer").results, count, "results");
  if (results.length !== count) malformed(`${count} results`, results.length);
  return results.map((result) => {
    const object = objectOf(result, "result");
    return {
      requestId: fixedHexOf(object.requestId, REQUEST_ID_BYTES, "request id"),
      epoch: integerOf(object.epoch, EPOCH_MAX, "epoch"),
      thread: integerOf(object.thread, THREADS_MAX - 1, "thread"),
      result: fromBase64(stringOf(object.result, RESULT_CHARACTERS_MAX, "result")),
    };
  });
}

export function readServiceAnswer(value: unknown): ToldServiceAnswer {
  const object = objectOf(value, "answer");
  return {
    requestId: fixedHexOf(object.requestId, REQUEST_ID_BYTES, "request id"),
    epoch: integerOf(object.epoch, EPOCH_MAX, "epoch"),
    thread: integerOf(object.thread, THREADS_MAX - 1, "thread"),
    result: object.result,
    state: object.state,
  };
}

/**
 * In the order of the ids that were asked for: what an entry says of its own id does not matter,
 * the receipt inside is checked.
 */
export function readReceiptsAnswer(value: unknown, count: number): readonly ToldReceipt[] {
  const receipts = arrayOf(objectOf(value, "receipts answer").receipts, count, "receipts");
  if (receipts.length !== count) malformed(`${count} receipts`, receipts.length);
  return receipts.map(readReceipt);
}

function readReceipt(value: unknown): ToldReceipt {
  const object = objectOf(value, "receipt");
  switch (object.status) {
    case "unknown":
    case "provisional":
      return { status: object.status };
    case "certified":
      return {
        status: "certified",
        receipt: hexOf(object.receipt, RECEIPT_BYTES_MAX, "receipt"),
        certificate: hexTextOf(object.certificate, STATEMENT_BYTES_MAX, "certificate"),
      };
    default:
      return malformed("status unknown|provisional|certified", object.status);
  }
}

export function readLatestAnswer(value: unknown): Uint8Array | null {
  const { certificate } = objectOf(value, "latest epoch");
  return certificate === null ? null : hexOf(certificate, STATEMENT_BYTES_MAX, "certificate");
}

export function readCertificateAnswer(value: unknown): Uint8Array {
  return hexOf(
    objectOf(value, "certificate answer").certificate,
    STATEMENT_BYTES_MAX,
    "certificate",
  );
}

export function readViolationsAnswer(value: unknown): readonly Uint8Array[] {
  const { violations } = objectOf(value, "violations answer");
  return arrayOf(violations, VIOLATIONS_MAX, "violations").map((hex) =>
    hexOf(hex, STATEMENT_BYTES_MAX, "violation"),
  );
}

/** Null for events of a kind that this client does not know. */
export function readEpochEvent(event: ServerEvent): EpochStatement | null {
  if (event.event !== "certificate" && event.event !== "violation") return null;
  const object = objectOf(parse(event.data), `${event.event} event`);
  const bytes = hexOf(object[event.event], STATEMENT_BYTES_MAX, event.event);
  return { type: event.event, bytes };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return malformed("JSON as event data", text, cause);
  }
}
