// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import { fromHex } from "@zeta/protocol/hex";
import type { TransactCondition, TransactItem, TransactWrite } from "@zeta/protocol/kv-transact";
import { TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import { refuse } from "../problem.ts";
import { decodeText, isJsonObject, onlyMembers, type TextEncoding } from "./json-members.ts";

const MEMBERS: ReadonlySet<string> = new Set(["key", "condition", "write"]);
const EQUALS: ReadonlySet<string> = new Set(["equals"]);
const PUT: ReadonlySet<string> = new Set(["put"]);

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * The items of a transaction in a request body; their order and sizes are checked when they are encoded.
 *
 * @throws ZetaError `invalid_request`.
 */
export function parseItems(input: unknown, encoding: TextEncoding, where: string): TransactItem[] {
  // The number is checked before the work that each takes.
  if (!Array.isArray(input) || input.length > TRANSACT_RECORDS_MAX) {
    refuse(
      "invalid_request",
      `expected 1..${TRANSACT_RECORDS_MAX} items in ${where}, got ${shown(input)}`,
    );
  }
  // Not `map`, which passes over holes: JSON has none, but whoever calls this with one is refused like everybody else.
  return Array.from(input, (item: unknown, i) =>
    parseItem(item, encoding, `item ${i} of ${where}`),
  );
}

function parseItem(input: unknown, encoding: TextEncoding, where: string): TransactItem {
  if (!isJsonObject(input))
    refuse("invalid_request", `expected an object as ${where}, got ${shown(input)}`);
  onlyMembers(input, MEMBERS, where);
  return {
    key: decodeText(input.key, encoding, `key of ${where}`),
    condition: parseCondition(input.condition, where),
    write: parseWrite(input.write, encoding, where),
  };
}

function parseCondition(input: unknown = "any", where: string): TransactCondition {
  if (input === "any" || input === "absent" || input === "present") return input;
  if (isJsonObject(input) && typeof input.equals === "string" && DIGEST.test(input.equals)) {
    onlyMembers(input, EQUALS, `the condition of ${where}`);
    return { equals: fromHex(input.equals) };
  }
  refuse(
    "invalid_request",
    `expected any, absent, present or {"equals": 64 lower-case hex digits} as the condition of ${where}, got ${shown(input)}`,
  );
}

function parseWrite(input: unknown = "keep", encoding: TextEncoding, where: string): TransactWrite {
  if (input === "keep" || input === "delete") return input;
  if (isJsonObject(input) && "put" in input) {
    onlyMembers(input, PUT, `the write of ${where}`);
    return { put: decodeText(input.put, encoding, `value of ${where}`) };
  }
  refuse(
    "invalid_request",
    `expected keep, delete or {"put": value} as the write of ${where}, got ${shown(input)}`,
  );
}
