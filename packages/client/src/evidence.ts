// SPDX-License-Identifier: Apache-2.0
/**
 * Evidence: one JSON document with all that a skeptic needs to judge an answer, a violation or a
 * fork offline. It is a claim until it has been checked: only {@link verifyEvidence} gives a
 * verdict.
 */

import {
  type ServiceAttestation,
  type ServiceAttestationJson,
  serviceAttestationFromJson,
} from "@zeta/attestation/service-attestation";
import {
  type AncestorJson,
  ancestorsFromJson,
  type ServiceLineage,
} from "@zeta/attestation/service-lineage";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { KV_FUNCTIONS, type KvFunction } from "@zeta/protocol/kv";
import { ARGUMENT_BYTES_MAX, REQUEST_ID_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import {
  arrayOf,
  exactMembers,
  fixedHexOf,
  hexOf,
  integerOf,
  type JsonObject,
  malformed,
  objectOf,
  stringOf,
} from "./json.ts";
import { EVIDENCE_CERTIFICATES_MAX } from "./limits.ts";

/**
 * The document. Bytes are lower-case hex. The version counts meanings, not members: a reader that does not know `lineage` refuses the file
 * as malformed, and a file without it means what it always meant.
 */
export interface Evidence {
  readonly format: "zeta.evidence";
  readonly version: 1;
  readonly attestation: ServiceAttestationJson;
  /** The instances before this one, oldest first; left out when it began from nothing. */
  readonly lineage?: readonly AncestorJson[];
  /** Certificates in order of epochs, without gaps; the answer's own is among them. */
  readonly certificates: readonly string[];
  readonly question: {
    /** Of the key-value service, or of a service of its own. */
    readonly operation: string;
    readonly requestId: string;
    readonly argument: string;
    /** With a service of its own: the operation's number in the log. */
    readonly function?: number;
  } | null;
  /** What the client was told. */
  readonly answer: { readonly result: string } | null;
  readonly receipt: string | null;
  readonly violation: string | null;
  /** The other side of a fork. `attestation` null: signed by the same instance. */
  readonly other: {
    readonly attestation: ServiceAttestationJson | null;
    readonly lineage?: readonly AncestorJson[];
    readonly certificates: readonly string[];
  } | null;
  /** What the client concluded. Nobody has to believe it. */
  readonly refusal: {
    readonly code: string;
    readonly check: string | null;
    readonly detail: string;
  } | null;
  /** When the file was written, ISO 8601, by the writer's own clock. */
  readonly createdAt?: string;
}

/** A question to the key-value service. */
export interface KvQuestion {
  readonly operation: KvFunction;
  /** 16 bytes. */
  readonly requestId: Uint8Array;
  /** As in the log: see `encodeKvArgument`. */
  readonly argument: Uint8Array;
}

/** A question to a service of its own: the bytes say what was asked, to those who know its schemas. */
export interface ServiceQuestion {
  readonly operation: string;
  readonly requestId: Uint8Array;
  readonly argument: Uint8Array;
  /** The operation's number in the log. */
  readonly function: number;
  /** For reports: the arguments as text, and a result as text. Whoever reads a file has neither. */
  readonly text?: string;
  readonly tell?: (result: Uint8Array) => string;
}

export type Question = KvQuestion | ServiceQuestion;

/** The function number that a receipt for this question must have. */
export function functionOf(question: Question): number {
  return "function" in question ? question.function : KV_FUNCTIONS.indexOf(question.operation);
}

/** The question as it stands in evidence. */
export function questionJson(question: Question): NonNullable<Evidence["question"]> {
  return {
    operation: question.operation,
    requestId: toHex(question.requestId),
    argument: toHex(question.argument),
    ...("function" in question && { function: question.function }),
  };
}

/** The document decoded, each statement still as it travelled. */
export interface EvidenceContent {
  readonly attestation: ServiceAttestation;
  /** Empty: the instance began from nothing. */
  readonly lineage: ServiceLineage;
  readonly certificates: readonly Uint8Array[];
  readonly question: Question | null;
  readonly result: Uint8Array | null;
  readonly receipt: Uint8Array | null;
  readonly violation: Uint8Array | null;
  readonly other: {
    readonly attestation: ServiceAttestation | null;
    readonly lineage: ServiceLineage;
    readonly certificates: readonly Uint8Array[];
  } | null;
  readonly refusal: Evidence["refusal"];
}

/** Room for a statement or receipt of any kind; their own decoders are exact. */
const STATEMENT_BYTES_MAX = 16_384;
const CODE_CHARACTERS_MAX = 64;
/** Name of an operation, or of a workflow and its part; safe to print. */
const OPERATION = /^[a-zA-Z0-9_.]+$/;
const OPERATION_CHARACTERS_MAX = 80;
const FUNCTION_MAX = 254;
const DETAIL_CHARACTERS_MAX = 4096;
const TIME_CHARACTERS_MAX = 40;

const MEMBERS = [
  "format",
  "version",
  "attestation",
  "lineage",
  "certificates",
  "question",
  "answer",
  "receipt",
  "violation",
  "other",
  "refusal",
  "createdAt",
];

/**
 * Reads a parsed JSON value strictly: known members only, every size capped.
 *
 * @throws ZetaError `evidence_malformed`.
 */
export function decodeEvidence(json: unknown): EvidenceContent {
  try {
    return readEvidence(objectOf(json, "evidence"));
  } catch (cause) {
    if (!(cause instanceof ZetaError)) throw cause;
    throw new ZetaError("evidence_malformed", cause.message, { cause });
  }
}

function readEvidence(object: JsonObject): EvidenceContent {
  exactMembers(object, MEMBERS, "evidence");
  if (object.format !== "zeta.evidence") malformed("format zeta.evidence", object.format);
  if (integerOf(object.version, 255, "version") !== 1) malformed("version 1", object.version);
  if (object.createdAt !== undefined) stringOf(object.createdAt, TIME_CHARACTERS_MAX, "createdAt");
  return {
    attestation: serviceAttestationFromJson(object.attestation),
    lineage: lineageOf(object.lineage),
    certificates: certificatesOf(object.certificates),
    question: nullOr(object.question, "question", readQuestion),
    result: nullOr(object.answer, "answer", readResult),
    receipt: nullOrStatement(object.receipt, "receipt"),
    violation: nullOrStatement(object.violation, "violation"),
    other: nullOr(object.other, "other", readOther),
    refusal: nullOr(object.refusal, "refusal", readRefusal),
  };
}

function nullOr<T>(value: unknown, what: string, read: (object: JsonObject) => T): T | null {
  return value === null ? null : read(objectOf(value, what));
}

function nullOrStatement(value: unknown, what: string): Uint8Array | null {
  return value === null ? null : hexOf(value, STATEMENT_BYTES_MAX, what);
}

function lineageOf(value: unknown): ServiceLineage {
  return value === undefined ? [] : ancestorsFromJson(value);
}

function certificatesOf(value: unknown): readonly Uint8Array[] {
  return arrayOf(value, EVIDENCE_CERTIFICATES_MAX, "certificates").map((hex) =>
    hexOf(hex, STATEMENT_BYTES_MAX, "certificate"),
  );
}

function readQuestion(object: JsonObject): Question {
  if (object.function !== undefined) return readServiceQuestion(object);
  exactMembers(object, ["operation", "requestId", "argument"], "question");
  const operation = KV_FUNCTIONS.find((name) => name === object.operation);
  if (operation === undefined) malformed(`operation ${KV_FUNCTIONS.join("|")}`, object.operation);
  return {
    operation,
    requestId: fixedHexOf(object.requestId, REQUEST_ID_BYTES, "request id"),
    argument: hexOf(object.argument, ARGUMENT_BYTES_MAX, "argument"),
  };
}

function readServiceQuestion(object: JsonObject): Question {
  exactMembers(object, ["operation", "requestId", "argument", "function"], "question");
  const operation = stringOf(object.operation, OPERATION_CHARACTERS_MAX, "operation");
  if (!OPERATION.test(operation)) malformed("the name of an operation", operation);
  return {
    operation,
    requestId: fixedHexOf(object.requestId, REQUEST_ID_BYTES, "request id"),
    argument: hexOf(object.argument, ARGUMENT_BYTES_MAX, "argument"),
    function: integerOf(object.function, FUNCTION_MAX, "function"),
  };
}

function readResult(object: JsonObject): Uint8Array {
  exactMembers(object, ["result"], "answer");
  return hexOf(object.result, 1 + VALUE_BYTES_MAX, "result");
}

function readOther(object: JsonObject): NonNullable<EvidenceContent["other"]> {
  exactMembers(object, ["attestation", "lineage", "certificates"], "other");
  return {
    attestation:
      object.attestation === null ? null : serviceAttestationFromJson(object.attestation),
    lineage: lineageOf(object.lineage),
    certificates: certificatesOf(object.certificates),
  };
}

function readRefusal(object: JsonObject): NonNullable<Evidence["refusal"]> {
  exactMembers(object, ["code", "check", "detail"], "refusal");
  return {
    code: stringOf(object.code, CODE_CHARACTERS_MAX, "refusal code"),
    check: object.check === null ? null : stringOf(object.check, CODE_CHARACTERS_MAX, "check"),
    detail: stringOf(object.detail, DETAIL_CHARACTERS_MAX, "refusal detail"),
  };
}
