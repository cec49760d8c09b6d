// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { concatBytes } from "./bytes.ts";
import { assert, ZetaError } from "./error.ts";
import { checkKvSize } from "./kv-size.ts";
import { applyTransact, type KvTransact, type TransactResult } from "./kv-transact.ts";
import {
  decodeTransact,
  decodeTransactResult,
  encodeTransact,
  encodeTransactResult,
} from "./kv-transact-codec.ts";
import { VALUE_BYTES_MAX } from "./limits.ts";

/** The built-in key-value service of profile `bytes`: three functions over one record each, and mini-transactions over several. */
export const KV_SERVICE_ID = "kv";

/** An operation over one record. */
export type KvRecordOperation =
  | { readonly operation: "get"; readonly key: Uint8Array }
  | { readonly operation: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly operation: "delete"; readonly key: Uint8Array };

export type KvOperation = KvRecordOperation | KvTransact;

/** The functions over one record, which begin the list of all. */
export const KV_RECORD_FUNCTIONS = ["get", "put", "delete"] as const;

/** Function numbers in the log and in receipts: the index of the name. */
export const KV_FUNCTIONS = [...KV_RECORD_FUNCTIONS, "transact"] as const;

export type KvFunction = (typeof KV_FUNCTIONS)[number];

export function kvFunctionNumber(operation: KvFunction): number {
  return KV_FUNCTIONS.indexOf(operation);
}

/** The keys of the records that an operation touches, in the order of its slots. */
export function kvKeys(call: KvOperation): readonly Uint8Array[] {
  return call.operation === "transact" ? call.items.map(({ key }) => key) : [call.key];
}

/** What a client is told of one record: the value read, or whether the key existed before a put or delete. */
export type KvRecordResult = { readonly value: Uint8Array | null } | { readonly existed: boolean };

export type KvResult = KvRecordResult | TransactResult;

const ABSENT = 0;
const PRESENT = 1;

/** @throws ZetaError `key_too_long` or `value_too_large`; of a transaction as {@link encodeTransact}. */
export function encodeKvArgument(call: KvOperation): Uint8Array<ArrayBuffer> {
  if (call.operation === "transact") return encodeTransact(call.items);
  checkKvSize("key", call.key);
  if (call.operation !== "put") return call.key.slice();
  checkKvSize("value", call.value);
  return encodePut(call.key, call.value);
}

/** By hand: clients encode one of these for every call, and a writer would copy it twice. */
function encodePut(key: Uint8Array, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + key.length + value.length);
  bytes[0] = key.length >>> 8;
  bytes[1] = key.length;
  bytes.set(key, 2);
  bytes.set(value, 2 + key.length);
  return bytes;
}

/** @throws ZetaError `R.fid` for an unknown function; `R.consume` for an argument that is not exactly one of its own. */
export function decodeKvArgument(functionNumber: number, argument: Uint8Array): KvOperation {
  const operation = KV_FUNCTIONS[functionNumber];
  if (operation === undefined)
    throw new ZetaError("R.fid", `expected function 0..3, got ${functionNumber}`);
  try {
    if (operation === "put") return decodePut(argument);
    if (operation === "transact") return { operation, items: decodeTransact(argument) };
    checkKvSize("key", argument);
    return { operation, key: argument };
  } catch (cause) {
    throw new ZetaError("R.consume", `expected exactly ${ARGUMENTS[operation]}`, { cause });
  }
}

const ARGUMENTS: Readonly<Record<KvFunction, string>> = {
  get: "a key as the argument of get",
  put: "u16 key length, key and value as the argument of put",
  delete: "a key as the argument of delete",
  transact: "u8 count and as many records, keys ascending, as the argument of transact",
};

function decodePut(argument: Uint8Array): KvOperation {
  const reader = new ByteReader(argument);
  const length = reader.u16("key length");
  const key = reader.bytes(length, "key");
  const value = reader.bytes(reader.remaining, "value");
  checkKvSize("key", key);
  checkKvSize("value", value);
  return { operation: "put", key, value };
}

/** Result bytes, as hashed into the receipt leaf. */
export function encodeKvResult(result: KvResult): Uint8Array<ArrayBuffer> {
  if ("done" in result) return encodeTransactResult(result);
  if ("existed" in result) return Uint8Array.of(result.existed ? PRESENT : ABSENT);
  return result.value === null
    ? Uint8Array.of(ABSENT)
    : concatBytes(Uint8Array.of(PRESENT), result.value);
}

/** @throws ZetaError `D.kind` or `D.length` for bytes that no call of this function returns. */
export function decodeKvResult(operation: KvFunction, bytes: Uint8Array): KvResult {
  if (operation === "transact") return decodeTransactResult(bytes);
  return decodeRecordResult(operation, bytes);
}

function decodeRecordResult(
  operation: KvRecordOperation["operation"],
  bytes: Uint8Array,
): KvRecordResult {
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

/** The pure function of each operation: the records' values before, in the order of {@link kvKeys}, give the result and the values after. */
export function applyKv(
  call: KvOperation,
  before: readonly (Uint8Array | null)[],
): { readonly result: KvResult; readonly after: readonly (Uint8Array | null)[] } {
  if (call.operation === "transact") return applyTransact(call.items, before);
  assert(before.length === 1, `the value of one record, got ${before.length}`);
  const { result, after } = applyKvRecord(call, before[0] ?? null);
  return { result, after: [after] };
}

/** {@link applyKv} of an operation over one record. */
export function applyKvRecord(
  call: KvRecordOperation,
  before: Uint8Array | null,
): { readonly result: KvRecordResult; readonly after: Uint8Array | null } {
  switch (call.operation) {
    case "get":
      return { result: { value: before }, after: before };
    case "put":
      return { result: { existed: before !== null }, after: call.value };
    case "delete":
      return { result: { existed: before !== null }, after: null };
    default:
      assert(false, "a kv operation over one record");
  }
}
