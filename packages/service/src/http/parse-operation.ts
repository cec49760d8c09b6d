// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { shown } from "@zeta/http/shown";
import { encodeKvArgument, KV_FUNCTIONS, type KvOperation } from "@zeta/protocol/kv";
import { type EngineCall, isRequestId } from "../engine-call.ts";
import { refuse } from "../problem.ts";
import { decodeText, encodingOf, isJsonObject, type Members, onlyMembers } from "./json-members.ts";
import { parseItems } from "./parse-transact.ts";

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
const TRANSACT_MEMBERS: ReadonlySet<string> = new Set([
  "operation",
  "requestId",
  "encoding",
  "items",
]);

/**
 * One operation of any request body, as a call; `where` names it in messages.
 *
 * @throws ZetaError `invalid_request`, `unknown_operation`, `key_too_long`, `value_too_large`; of a transaction as `encodeTransact`.
 */
export function parseOperation(input: unknown, where: string): EngineCall {
  if (!isJsonObject(input))
    refuse("invalid_request", `expected an object as ${where}, got ${shown(input)}`);
  const number = functionNumber(input.operation, where);
  onlyMembers(input, KV_FUNCTIONS[number] === "transact" ? TRANSACT_MEMBERS : MEMBERS, where);
  return {
    function: number,
    argument: encodeKvArgument(kvOperation(number, input, where)),
    requestId: parseRequestId(input.requestId, where),
  };
}

function functionNumber(operation: unknown, where: string): number {
  const number = (KV_FUNCTIONS as readonly unknown[]).indexOf(operation);
  if (number >= 0) return number;
  const names = KV_FUNCTIONS.join(", ");
  refuse("unknown_operation", `expected ${names} as ${where}, got ${shown(operation)}`);
}

function kvOperation(number: number, input: Members, where: string): KvOperation {
  const operation = KV_FUNCTIONS[number];
  const encoding = encodingOf(input.encoding, where);
  if (operation === "transact") {
    return { operation, items: parseItems(input.items, encoding, where) };
  }
  const key = decodeText(input.key, encoding, `key of ${where}`);
  if (operation === "put") {
    return { operation, key, value: decodeText(input.value, encoding, `value of ${where}`) };
  }
  if (input.value !== undefined)
    refuse("invalid_request", `expected no value in ${where}, got ${shown(input.value)}`);
  return { operation: operation === "delete" ? "delete" : "get", key };
}

function parseRequestId(id: unknown, where: string): string {
  if (id === undefined) return randomBytes(16).toString("hex");
  if (typeof id === "string" && isRequestId(id)) return id;
  refuse(
    "invalid_request",
    `expected 32 lower-case hex digits as requestId of ${where}, got ${shown(id)}`,
  );
}
