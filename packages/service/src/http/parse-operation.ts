// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { encodeKvArgument, KV_RECORD_FUNCTIONS, type KvRecordOperation } from "@zeta/protocol/kv";
import { type EngineCall, isRequestId } from "../engine-call.ts";
import { refuse } from "../problem.ts";

/**
 * Operations of a batch, checked by hand: a schema compiler would look at each string once, and then this code again, because base64, UTF-8
 * and sizes are beyond a schema.
 */
const MEMBERS: ReadonlySet<string> = new Set([
  "operation",
  "requestId",
  "encoding",
  "key",
  "value",
]);

/** A surrogate without its partner: it has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

type Members = Readonly<Record<string, unknown>>;

/** Is it a JSON object, and not an array or null? */
export function isJsonObject(input: unknown): input is Members {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/**
 * One operation of any request body, as a call; `where` names it in messages.
 *
 * @throws ZetaError `invalid_request`, `unknown_operation`, `key_too_long` or `value_too_large`.
 */
export function parseOperation(input: unknown, where: string): EngineCall {
  if (!isJsonObject(input)) refuse("invalid_request", `expected an object as ${where}`);
  for (const member in input) {
    if (!MEMBERS.has(member)) {
      const shown = JSON.stringify(member.slice(0, 40));
      refuse("invalid_request", `expected only ${[...MEMBERS].join()} in ${where}, got ${shown}`);
    }
  }
  const number = functionNumber(input.operation, where);
  return {
    function: number,
    argument: encodeKvArgument(kvOperation(number, input, where)),
    requestId: parseRequestId(input.requestId, where),
  };
}

function functionNumber(operation: unknown, where: string): number {
  const number = (KV_RECORD_FUNCTIONS as readonly unknown[]).indexOf(operation);
  if (number >= 0) return number;
  const shown = JSON.stringify(operation)?.slice(0, 40) ?? "nothing";
  refuse(
    "unknown_operation",
    `expected ${KV_RECORD_FUNCTIONS.join(", ")} as ${where}, got ${shown}`,
  );
}

function kvOperation(number: number, input: Members, where: string): KvRecordOperation {
  const operation = KV_RECORD_FUNCTIONS[number];
  const { encoding = "base64" } = input;
  if (encoding !== "base64" && encoding !== "utf8") {
    refuse("invalid_request", `expected encoding base64 or utf8 in ${where}`);
  }
  const key = decodeText(input.key, encoding, `key of ${where}`);
  if (operation === "put") {
    return { operation, key, value: decodeText(input.value, encoding, `value of ${where}`) };
  }
  if (input.value !== undefined) refuse("invalid_request", `expected no value in ${where}`);
  return { operation: operation === "delete" ? "delete" : "get", key };
}

function decodeText(text: unknown, encoding: "base64" | "utf8", what: string): Uint8Array {
  if (typeof text !== "string") {
    refuse("invalid_request", `expected a string as ${what}, got ${typeof text}`);
  }
  if (encoding === "utf8") {
    if (LONE_SURROGATE.test(text))
      refuse("invalid_request", `expected whole characters as ${what}`);
    return Buffer.from(text, "utf8");
  }
  const bytes = Buffer.from(text, "base64");
  // Node skips what is not base64; only a text that comes out again is the one encoding of these bytes.
  if (bytes.toString("base64") !== text) {
    refuse("invalid_request", `expected canonical base64 with padding as ${what}`);
  }
  return bytes;
}

function parseRequestId(id: unknown, where: string): string {
  if (id === undefined) return randomBytes(16).toString("hex");
  if (typeof id === "string" && isRequestId(id)) return id;
  refuse("invalid_request", `expected 32 lower-case hex digits as requestId of ${where}`);
}
