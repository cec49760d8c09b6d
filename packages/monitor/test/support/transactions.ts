// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import type {
  KvTransact,
  TransactCondition,
  TransactItem,
  TransactWrite,
} from "@zeta/protocol/kv-transact";
import type { Random } from "./random.ts";

/** What the records are, as somebody who writes a transaction knows them. */
export interface KnownRecords {
  readonly keys: readonly Uint8Array[];
  readonly read: (key: Uint8Array) => Uint8Array | null;
  /** A new value. */
  readonly value: () => Uint8Array;
}

/** A mini-transaction over 1 to `most` of the keys; about one in three has a condition that does not hold. */
export function anyTransaction(random: Random, known: KnownRecords, most: number): KvTransact {
  const distinct = [...new Map(known.keys.map((key) => [toHex(key), key])).values()];
  const count = 1 + random.below(Math.min(most, distinct.length));
  const keys = random.shuffled(distinct).slice(0, count).sort(compareBytes);
  const wrongAt = random.oneIn(3) ? random.below(count) : -1;
  const items = keys.map((key, i): TransactItem => {
    const value = known.read(key);
    const condition = i === wrongAt ? unmet(random, value) : met(random, value);
    return { key, condition, write: anyWrite(random, known) };
  });
  return { operation: "transact", items };
}

function met(random: Random, value: Uint8Array | null): TransactCondition {
  if (random.oneIn(3)) return "any";
  if (value === null) return "absent";
  return random.oneIn(2) ? "present" : { equals: blake3Digest(value) };
}

function unmet(random: Random, value: Uint8Array | null): TransactCondition {
  if (random.oneIn(2)) return value === null ? "present" : "absent";
  const other = value === null ? new Uint8Array(0) : Uint8Array.of(...value, 0);
  return { equals: blake3Digest(other) };
}

function anyWrite(random: Random, { value }: KnownRecords): TransactWrite {
  return random.pick<() => TransactWrite>([
    () => "keep",
    () => "delete",
    () => ({ put: value() }),
    () => ({ put: value() }),
  ])();
}
