// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { OperationRequest, TransactItemRequest } from "@zeta/protocol/http-api";
import { encodeKvArgument, type KvOperation } from "@zeta/protocol/kv";
import type { TransactItem } from "@zeta/protocol/kv-transact";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { KvQuestion } from "./evidence.ts";
import { toBase64 } from "./http/base64.ts";
import { BATCH_BODY_BYTES_MAX, BATCH_OPERATIONS_MAX } from "./limits.ts";

/** JSON around one operation of a batch, or one record of a transaction: names, quotes, request id, digest. */
const FRAMING_BYTES = 136;

export interface BatchRequestParts {
  /** What is asked, as evidence holds it. */
  readonly questions: readonly KvQuestion[];
  /** The same as it is sent. */
  readonly requests: readonly OperationRequest[];
}

/**
 * Gives each call a random request id.
 *
 * @throws ZetaError `batch_too_large`, or what is wrong with a call (`encodeKvArgument`).
 */
export function batchRequest(calls: readonly KvOperation[]): BatchRequestParts {
  if (calls.length > BATCH_OPERATIONS_MAX) {
    tooLarge(`at most ${BATCH_OPERATIONS_MAX} operations`, calls.length);
  }
  const ids = new Uint8Array(REQUEST_ID_BYTES * calls.length);
  // 4096 ids are the 65 536 bytes that getRandomValues gives at once.
  crypto.getRandomValues(ids);
  let bytes = 0;
  const questions: KvQuestion[] = [];
  const requests = calls.map((call, i): OperationRequest => {
    const requestId = ids.slice(i * REQUEST_ID_BYTES, (i + 1) * REQUEST_ID_BYTES);
    questions.push({ operation: call.operation, requestId, argument: encodeKvArgument(call) });
    const request = requestOf(call, toHex(requestId));
    bytes += sizeOf(request);
    return request;
  });
  if (bytes > BATCH_BODY_BYTES_MAX) tooLarge(`at most ${BATCH_BODY_BYTES_MAX} bytes`, bytes);
  return { questions, requests };
}

function requestOf(call: KvOperation, requestId: string): OperationRequest {
  if (call.operation === "transact") {
    return { operation: "transact", requestId, items: call.items.map(itemRequest) };
  }
  return {
    operation: call.operation,
    requestId,
    key: toBase64(call.key),
    ...(call.operation === "put" ? { value: toBase64(call.value) } : {}),
  };
}

function itemRequest({ key, condition, write }: TransactItem): TransactItemRequest {
  return {
    key: toBase64(key),
    condition: typeof condition === "string" ? condition : { equals: toHex(condition.equals) },
    write: typeof write === "string" ? write : { put: toBase64(write.put) },
  };
}

function sizeOf(request: OperationRequest): number {
  if (!("items" in request)) {
    return FRAMING_BYTES + request.key.length + (request.value?.length ?? 0);
  }
  return request.items.reduce((bytes, { key, write }) => {
    const put = typeof write === "object" ? write.put.length : 0;
    return bytes + FRAMING_BYTES + key.length + put;
  }, FRAMING_BYTES);
}

function tooLarge(expected: string, got: number): never {
  throw new ZetaError("batch_too_large", `expected ${expected} in a batch, got ${got}`);
}
