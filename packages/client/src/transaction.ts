// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { ZetaError } from "@zeta/protocol/error";
import type {
  KvTransact,
  TransactCondition,
  TransactItem,
  TransactWrite,
} from "@zeta/protocol/kv-transact";
import { type BytesLike, bytesOf, Value } from "./value.ts";

/**
 * What a transaction does with one record: at most one condition, and at most one write. Text goes as UTF-8.
 *
 * @example
 * const unchanged: RecordChange = { key: "alice", ifEquals: read.value, put: "95" };
 */
export interface RecordChange {
  readonly key: BytesLike;
  /** The record has exactly this value; null: it is absent. The client sends the value's digest only. */
  readonly ifEquals?: BytesLike | Value | null;
  readonly ifAbsent?: true;
  readonly ifPresent?: true;
  readonly put?: BytesLike;
  readonly delete?: true;
}

/** A transaction as it is asked: the items in the order of their keys. */
export interface Transaction {
  readonly call: KvTransact;
  /** Of each item: its index among the changes. */
  readonly order: readonly number[];
}

/** @throws ZetaError `invalid_transaction` for a change with two conditions or two writes. */
export function transactionOf(changes: readonly RecordChange[]): Transaction {
  const numbered = changes.map((change, index) => ({ item: itemOf(change), index }));
  numbered.sort((a, b) => compareBytes(a.item.key, b.item.key));
  return {
    call: { operation: "transact", items: numbered.map(({ item }) => item) },
    order: numbered.map(({ index }) => index),
  };
}

function itemOf(change: RecordChange): TransactItem {
  return {
    key: bytesOf(change.key),
    condition: conditionOf(change),
    write: writeOf(change),
  };
}

function conditionOf({ ifEquals, ifAbsent, ifPresent }: RecordChange): TransactCondition {
  const given = [ifEquals !== undefined, ifAbsent === true, ifPresent === true];
  if (given.filter(Boolean).length > 1) {
    invalid("at most one of ifEquals, ifAbsent and ifPresent for a record");
  }
  if (ifAbsent === true || ifEquals === null) return "absent";
  if (ifPresent === true) return "present";
  if (ifEquals === undefined) return "any";
  return { equals: blake3Digest(ifEquals instanceof Value ? ifEquals.bytes : bytesOf(ifEquals)) };
}

function writeOf({ put, delete: isDeleted }: RecordChange): TransactWrite {
  if (put !== undefined && isDeleted === true)
    invalid("at most one of put and delete for a record");
  if (isDeleted === true) return "delete";
  return put === undefined ? "keep" : { put: bytesOf(put) };
}

function invalid(expected: string): never {
  throw new ZetaError("invalid_transaction", `expected ${expected}, got more`);
}
