// SPDX-License-Identifier: Apache-2.0
/**
 * JSON shapes of the service's HTTP API, shared by server and client. Bytes are lower-case hex where they are digests or statements and
 * base64 where they are the application's own. Everything a client reads here comes from an untrusted host.
 */

/** Request header with the client's request id, 32 hex digits. Without it the service draws one: no protection against replay. */
export const REQUEST_ID_HEADER = "zeta-request-id";

/** Answer header: the epoch in which the call ran, provisional until that epoch is certified. */
export const EPOCH_HEADER = "zeta-epoch";

/** Answer header: the id for `GET /v1/receipts/{id}`, equal to the request id. */
export const RECEIPT_HEADER = "zeta-receipt";

/** One operation over one record. `key` and `value` are base64, or UTF-8 text when `encoding` says so. */
export interface RecordOperationRequest {
  readonly operation: string;
  readonly requestId?: string;
  readonly encoding?: "base64" | "utf8";
  readonly key: string;
  readonly value?: string;
}

/** A mini-transaction: its keys ascend bytewise. Keys and values as in {@link RecordOperationRequest}, digests are hex. */
export interface TransactRequest {
  readonly operation: "transact";
  readonly requestId?: string;
  readonly encoding?: "base64" | "utf8";
  readonly items: readonly TransactItemRequest[];
}

export interface TransactItemRequest {
  readonly key: string;
  /** `equals`: BLAKE3-256 of the value. Default: any. */
  readonly condition?: "any" | "absent" | "present" | { readonly equals: string };
  /** Default: keep. */
  readonly write?: "keep" | "delete" | { readonly put: string };
}

/** One operation of a batch. */
export type OperationRequest = RecordOperationRequest | TransactRequest;

/** `POST /v1/ops`: executed in order, each its own call. */
export interface BatchRequest {
  readonly operations: readonly OperationRequest[];
}

/** A provisional answer. */
export interface OperationAnswer {
  readonly requestId: string;
  readonly epoch: number;
  readonly thread: number;
  /** The function's result bytes, base64: what the receipt leaf binds. */
  readonly result: string;
}

/** A provisional answer of a service in TypeScript: the result as JSON by the operation's schema, which has one encoding in bytes. */
export interface ServiceOperationAnswer {
  readonly requestId: string;
  readonly epoch: number;
  readonly thread: number;
  readonly result: unknown;
  /** Of a workflow: the state that its last call was asked with, and the number of its calls. */
  readonly state?: unknown;
  readonly calls?: number;
}

export interface BatchAnswer {
  readonly results: readonly OperationAnswer[];
}

/** `GET /v1/receipts/{id}`. */
export type ReceiptAnswer =
  | {
      readonly status: "provisional";
      readonly requestId: string;
      readonly epoch: number;
      readonly thread: number;
    }
  | {
      readonly status: "certified";
      readonly requestId: string;
      readonly epoch: number;
      readonly thread: number;
      /** Binary receipt (protocol/receipt.ts), hex. */
      readonly receipt: string;
      /** Certificate of the receipt's epoch, hex. */
      readonly certificate: string;
    };

/** `GET /v1/epochs/latest`. */
export interface LatestEpochAnswer {
  /** The epoch that calls run in now. */
  readonly current: number;
  /** The newest certified epoch, null before the first. */
  readonly certified: number | null;
  readonly certificate: string | null;
}

/** `GET /v1/epochs/{n}/certificate`: the statement and, for people, what is in it. */
export interface CertificateAnswer {
  readonly epoch: number;
  readonly operations: string;
  readonly previous: string;
  readonly hash: string;
  readonly certificate: string;
}

/** Data of the server-sent events `certificate` and `violation` of `GET /v1/epochs/stream`. */
export type EpochEvent =
  | { readonly type: "certificate"; readonly epoch: number; readonly certificate: string }
  | { readonly type: "violation"; readonly violation: string };

/** `GET /v1/violations`. */
export interface ViolationsAnswer {
  readonly violations: readonly string[];
}

/** `GET /v1/attacks`. */
export interface AttacksAnswer {
  /** Was the service started so that it lies on demand? */
  readonly allowed: boolean;
  readonly attacks: readonly string[];
}

/** Stable codes of `application/problem+json` answers. */
export type ProblemCode =
  | "invalid_json"
  | "invalid_request"
  /** The request is for a host under whose name the service does not answer: perhaps of a page that made its name point here. */
  | "host_not_allowed"
  /** A page of another origin asks, which the service was not told to answer. */
  | "origin_not_allowed"
  | "unsupported_media_type"
  | "payload_too_large"
  | "key_too_long"
  | "value_too_large"
  | "unknown_operation"
  | "duplicate_request_id"
  | "not_found"
  | "method_not_allowed"
  | "unknown_path"
  | "receipt_unknown"
  | "epoch_unknown"
  | "epoch_pending"
  | "attacks_disabled"
  | "unknown_attack"
  | "too_many_requests"
  | CallProblemCode
  | "store_full"
  | "monitor_failed"
  | "shutting_down"
  | "storage_failed"
  | "internal_error";

/** Why a call of a service in TypeScript did not happen (docs/services.md). Beside these there are the service's own codes. */
export type CallProblemCode =
  /** The arguments do not match the operation's schema. */
  | "invalid_argument"
  /** A key that the operation derived does not match its record's schema, or there are none or too many. */
  | "invalid_key"
  /** Two of the call's keys name the same record. */
  | "duplicate_record"
  /** A stored value does not match its record's schema: never with an honest store. */
  | "invalid_record"
  | "invalid_result"
  /** A write of the wrong type. */
  | "invalid_write"
  /** A write to something that the operation did not declare. */
  | "undeclared_record"
  /** The function threw something else than a refusal of its own. */
  | "function_threw"
  /** The function took more steps than a call may: it may never end. */
  | "fuel_exhausted"
  /** The function called itself too deeply. */
  | "call_too_deep"
  /** The call is not signed by whom the operation's `signer` names, or for another state of his records. */
  | "invalid_signature"
  /** The operation's `signer` names no key and sequence number. */
  | "invalid_signer"
  /** The sequence number of the signer has not grown with the call: the signature would count again. */
  | "sequence_stands"
  /** Two runs on the same input gave different answers. */
  | "impure_function";

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** One of the stable codes, or one that a service in TypeScript gave to `fail`. */
  readonly code: ProblemCode | (string & {});
  readonly detail: string;
  /** With `monitor_failed`: the signed violation statement, hex. */
  readonly violation?: string;
}
