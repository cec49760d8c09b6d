// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { concatBytes } from "./bytes.ts";
import { assert, ZetaError } from "./error.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";

/** The built-in key-value service of profile `bytes`: three functions over one record each. */
export const KV_SERVICE_ID = "kv";

export type KvOperation =
  | { readonly operation: "get"; readonly key: Uint8Array }
  | { readonly operation: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly operation: "delete"; readonly key: Uint8Array };

/** Function numbers in the log and in receipts: the index of the name. */
export const KV_FUNCTIONS = ["get", "put", "delete"] as const;

export type KvFunction = (typeof KV_FUNCTIONS)[number];

export function kvFunctionNumber(operation: KvFunction): number {
  return KV_FUNCTIONS.indexOf(operation);
}

/** What a client is told: the value read, or whether the key existed before a put or delete. */
export type KvResult = { readonly value: Uint8Array | null } | { readonly existed: boolean };

const ABSENT = 0;
const PRESENT = 1;

function checkSize(what: "key" | "value", bytes: Uint8Array): void {
  const max = what === "key" ? KEY_BYTES_MAX : VALUE_BYTES_MAX;
  if (bytes.length > max) {
    const code = what === "key" ? "key_too_long" : "value_too_large";
    throw new ZetaError(code, `expected a ${what} of at most ${max} bytes, got ${bytes.length}`);
  }
}

/** @throws ZetaError `key_too_long` or `value_too_large`. */
export function encodeKvArgument(call: KvOperation): Uint8Array<ArrayBuffer> {
  checkSize("key", call.key);
  if (call.operation !== "put") return call.key.slice();
  checkSize("value", call.value);
  const writer = new ByteWriter(2 + call.key.length + call.value.length);
  return writer.u16(call.key.length).bytes(call.key).bytes(call.value).toBytes();
}

/** @throws ZetaError `R.fid` for an unknown function; `R.consume` for an argument that is not exactly one of its own. */
export function decodeKvArgument(functionNumber: number, argument: Uint8Array): KvOperation {
  const operation = KV_FUNCTIONS[functionNumber];
  if (operation === undefined)
    throw new ZetaError("R.fid", `expected function 0..2, got ${functionNumber}`);
  if (operation !== "put") {
    if (argument.length > KEY_BYTES_MAX) {
      throw new ZetaError(
        "R.consume",
        `expected a key of at most ${KEY_BYTES_MAX} bytes, got ${argument.length}`,
      );
    }
    return { operation, key: argument };
  }
  return decodePut(argument);
}

function decodePut(argument: Uint8Array): KvOperation {
  try {
    const reader = new ByteReader(argument);
    const length = reader.u16("key length");
    const key = reader.bytes(length, "key");
    const value = reader.bytes(reader.remaining, "value");
    checkSize("key", key);
    checkSize("value", value);
    return { operation: "put", key, value };
  } catch (cause) {
    throw new ZetaError(
      "R.consume",
      "expected u16 key length, key and value as the argument of put",
      { cause },
    );
  }
}

/** Result bytes, as hashed into the receipt leaf. */
export function encodeKvResult(result: KvResult): Uint8Array<ArrayBuffer> {
  if ("existed" in result) return Uint8Array.of(result.existed ? PRESENT : ABSENT);
  return result.value === null
    ? Uint8Array.of(ABSENT)
    : concatBytes(Uint8Array.of(PRESENT), result.value);
}

/** @throws ZetaError `D.kind` or `D.length` for bytes that no call of this function returns. */
export function decodeKvResult(operation: KvFunction, bytes: Uint8Array): KvResult {
  const tag = bytes[0];
  if (tag !== ABSENT && tag !== PRESENT)
    throw new ZetaError("D.kind", `expected result tag 0 or 1, got ${tag}`);
  const hasBody = operation === "get" && tag === PRESENT;
  if (!hasBody && bytes.length !== 1) {
    throw new ZetaError("D.length", `expected a result of 1 byte, got ${bytes.length}`);
  }
  if (operation !== "get") return { existed: tag === PRESENT };
  if (bytes.length > 1 + VALUE_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected at most ${VALUE_BYTES_MAX} bytes of value, got ${bytes.length - 1}`,
    );
  }
  return { value: hasBody ? bytes.subarray(1) : null };
}

/** The pure function of each operation: the record's value before gives the result and the value after. */
export function applyKv(
  call: KvOperation,
  before: Uint8Array | null,
): { readonly result: KvResult; readonly after: Uint8Array | null } {
  switch (call.operation) {
    case "get":
      return { result: { value: before }, after: before };
    case "put":
      return { result: { existed: before !== null }, after: call.value };
    case "delete":
      return { result: { existed: before !== null }, after: null };
    default:
      assert(false, "a kv operation");
  }
}
