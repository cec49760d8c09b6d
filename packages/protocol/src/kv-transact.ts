// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "./bytes.ts";
import { blake3Digest } from "./digest.ts";
import { assert } from "./error.ts";

/** What must hold of a record before anything is written; `equals` is the BLAKE3-256 digest of the value that it must have. */
export type TransactCondition = "any" | "absent" | "present" | { readonly equals: Uint8Array };

/** What becomes of a record if all conditions hold. */
export type TransactWrite = "keep" | "delete" | { readonly put: Uint8Array };

export interface TransactItem {
  readonly key: Uint8Array;
  readonly condition: TransactCondition;
  readonly write: TransactWrite;
}

/**
 * A mini-transaction (Aguilera et al., Sinfonia, SOSP 2007): compares all records, then writes all or none, in one step.
 * 1 to {@link TRANSACT_RECORDS_MAX} items, their keys strictly ascending bytewise.
 */
export interface KvTransact {
  readonly operation: "transact";
  readonly items: readonly TransactItem[];
}

/** Written, or the index of the first item whose condition did not hold: nothing was written then. */
export type TransactResult =
  | { readonly done: true; readonly failedAt: null }
  | { readonly done: false; readonly failedAt: number };

/** The pure function: compare all, then write all. `before` holds the records' values in the order of the items, null for absent ones. */
export function applyTransact(
  items: readonly TransactItem[],
  before: readonly (Uint8Array | null)[],
): { readonly result: TransactResult; readonly after: readonly (Uint8Array | null)[] } {
  assert(before.length === items.length, `${items.length} values, got ${before.length}`);
  const failedAt = items.findIndex(
    ({ condition }, i) => !conditionHolds(condition, before[i] ?? null),
  );
  if (failedAt >= 0) return { result: { done: false, failedAt }, after: before };
  const after = items.map(({ write }, i) => valueAfter(write, before[i] ?? null));
  return { result: { done: true, failedAt: null }, after };
}

/** Does a record's value, null for an absent one, meet the condition? */
export function conditionHolds(condition: TransactCondition, value: Uint8Array | null): boolean {
  if (condition === "any") return true;
  if (condition === "absent") return value === null;
  if (value === null) return false;
  return condition === "present" || equalBytes(blake3Digest(value), condition.equals);
}

function valueAfter(write: TransactWrite, before: Uint8Array | null): Uint8Array | null {
  if (write === "keep") return before;
  return write === "delete" ? null : write.put;
}
