// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { compareBytes } from "./bytes.ts";
import { assert, ZetaError } from "./error.ts";
import { checkKvSize } from "./kv-size.ts";
import type {
  TransactCondition,
  TransactItem,
  TransactResult,
  TransactWrite,
} from "./kv-transact.ts";
import { ARGUMENT_BYTES_MAX, DIGEST_BYTES, TRANSACT_RECORDS_MAX } from "./limits.ts";

/** Bytes in the log: the index of the name. */
const CONDITIONS = ["any", "absent", "present"] as const;
const EQUALS = 3;
const WRITES = ["keep", "delete"] as const;
const PUT = 2;

/**
 * `u8 count ‖ items`, each `u16 key length ‖ key ‖ u8 condition [‖ digest] ‖ u8 write [‖ u32 length ‖ value]`.
 *
 * @throws ZetaError `invalid_request` for too few or too many items or keys that do not ascend, `duplicate_record` for equal keys,
 * `key_too_long`, `value_too_large`, `payload_too_large`.
 */
export function encodeTransact(items: readonly TransactItem[]): Uint8Array<ArrayBuffer> {
  if (items.length < 1 || items.length > TRANSACT_RECORDS_MAX) {
    const got = `expected 1..${TRANSACT_RECORDS_MAX} records in a transaction, got ${items.length}`;
    throw new ZetaError("invalid_request", got);
  }
  const writer = new ByteWriter().u8(items.length);
  let previous: Uint8Array | null = null;
  for (const item of items) {
    checkKvSize("key", item.key);
    if (previous !== null) checkAscending(previous, item.key);
    previous = item.key;
    writer.u16(item.key.length).bytes(item.key);
    writeCondition(writer, item.condition);
    writeWrite(writer, item.write);
    checkLength(writer.length);
  }
  return writer.toBytes();
}

function checkAscending(before: Uint8Array, key: Uint8Array): void {
  const order = compareBytes(before, key);
  if (order < 0) return;
  if (order === 0) {
    throw new ZetaError(
      "duplicate_record",
      "expected each key once in a transaction, got one twice",
    );
  }
  throw new ZetaError("invalid_request", "expected the keys of a transaction in ascending order");
}

function checkLength(length: number): void {
  if (length <= ARGUMENT_BYTES_MAX) return;
  const expected = `expected a transaction of at most ${ARGUMENT_BYTES_MAX} bytes`;
  throw new ZetaError("payload_too_large", `${expected}, got at least ${length}`);
}

function writeCondition(writer: ByteWriter, condition: TransactCondition): void {
  if (typeof condition === "string") {
    writer.u8(CONDITIONS.indexOf(condition));
    return;
  }
  const { equals } = condition;
  assert(equals.length === DIGEST_BYTES, `a digest of 32 bytes, got ${equals.length}`);
  writer.u8(EQUALS).bytes(equals);
}

function writeWrite(writer: ByteWriter, write: TransactWrite): void {
  if (typeof write === "string") {
    writer.u8(WRITES.indexOf(write));
    return;
  }
  checkKvSize("value", write.put);
  writer.u8(PUT).u32(write.put.length).bytes(write.put);
}

/** @throws ZetaError of any code for bytes that {@link encodeTransact} does not make. Keys, digests and values are views. */
export function decodeTransact(argument: Uint8Array): TransactItem[] {
  checkLength(argument.length);
  const reader = new ByteReader(argument);
  const count = reader.u8("number of records");
  if (count < 1 || count > TRANSACT_RECORDS_MAX) {
    throw new ZetaError("D.length", `expected 1..${TRANSACT_RECORDS_MAX} records, got ${count}`);
  }
  const items: TransactItem[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.bytes(reader.u16("key length"), "key");
    checkKvSize("key", key);
    const previous = items.at(-1);
    if (previous !== undefined) checkAscending(previous.key, key);
    items.push({ key, condition: readCondition(reader), write: readWrite(reader) });
  }
  reader.end("the transaction");
  return items;
}

function readCondition(reader: ByteReader): TransactCondition {
  const tag = reader.u8("condition");
  if (tag === EQUALS) return { equals: reader.bytes(DIGEST_BYTES, "digest") };
  const condition = CONDITIONS[tag];
  if (condition === undefined) throw new ZetaError("D.kind", `expected condition 0..3, got ${tag}`);
  return condition;
}

function readWrite(reader: ByteReader): TransactWrite {
  const tag = reader.u8("write");
  if (tag === PUT) {
    const put = reader.bytes(reader.u32("value length"), "value");
    checkKvSize("value", put);
    return { put };
  }
  const write = WRITES[tag];
  if (write === undefined) throw new ZetaError("D.kind", `expected write 0..2, got ${tag}`);
  return write;
}

/** `01`, or `00 ‖ u8 index of the item`. */
export function encodeTransactResult(result: TransactResult): Uint8Array<ArrayBuffer> {
  return result.done ? Uint8Array.of(1) : Uint8Array.of(0, result.failedAt);
}

/** @throws ZetaError `D.kind` or `D.length` for bytes that no transaction returns. */
export function decodeTransactResult(bytes: Uint8Array): TransactResult {
  const [tag, index] = bytes;
  if (tag !== 0 && tag !== 1)
    throw new ZetaError("D.kind", `expected result tag 0 or 1, got ${tag}`);
  if (bytes.length !== (tag === 1 ? 1 : 2)) {
    throw new ZetaError("D.length", `expected 01, or 00 and an index, got ${bytes.length} bytes`);
  }
  if (index === undefined) return { done: true, failedAt: null };
  if (index >= TRANSACT_RECORDS_MAX) {
    throw new ZetaError("D.kind", `expected an index below ${TRANSACT_RECORDS_MAX}, got ${index}`);
  }
  return { done: false, failedAt: index };
}
