// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES, REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import type { ReceiptPaths } from "./receipt-paths.ts";

/** Words of a request id, as `readRequestId` writes them. */
export const ID_WORDS = REQUEST_ID_BYTES / 4;

const LEAVES_MIN = 64;

/** Receipts of one monitor thread in one epoch, in the order of its log: all, or some that stand one after the other. */
export interface ReceiptRun {
  readonly thread: number;
  readonly epoch: number;
  /** Index of the first leaf. */
  readonly first: number;
  readonly count: number;
  /** Per leaf: its request id, {@link ID_WORDS} words; behind them may be more. */
  readonly ids: Uint32Array;
  /** Per leaf; behind them may be more. */
  readonly functions: Uint8Array;
  /** Per leaf 32 bytes; behind them may be more. */
  readonly leaves: Uint8Array;
}

/** The receipts of one monitor thread in one epoch. */
export interface Shelf {
  readonly number: number;
  readonly thread: number;
  readonly epoch: number;
  /** Leaves on it. */
  count: number;
  ids: Uint32Array;
  functions: Uint8Array;
  leaves: Uint8Array;
  paths: Promise<ReceiptPaths> | null;
}

export function emptyShelf(number: number, thread: number, epoch: number): Shelf {
  return {
    ...{ number, thread, epoch, count: 0, paths: null },
    ids: new Uint32Array(LEAVES_MIN * ID_WORDS),
    functions: new Uint8Array(LEAVES_MIN),
    leaves: new Uint8Array(LEAVES_MIN * DIGEST_BYTES),
  };
}

/** Makes room for one more leaf. */
export function makeRoom(shelf: Shelf): void {
  if (shelf.count === shelf.functions.length) grow(shelf, 2 * shelf.count);
}

/** Puts a run behind what is there. */
export function putRun(shelf: Shelf, run: ReceiptRun): void {
  const { count } = shelf;
  assert(run.first === count, `a run from leaf ${count} on, got one from ${run.first}`);
  const needed = count + run.count;
  if (needed > shelf.functions.length) grow(shelf, Math.max(needed, 2 * count));
  shelf.ids.set(run.ids.subarray(0, run.count * ID_WORDS), count * ID_WORDS);
  shelf.functions.set(run.functions.subarray(0, run.count), count);
  shelf.leaves.set(run.leaves.subarray(0, run.count * DIGEST_BYTES), count * DIGEST_BYTES);
  shelf.count = needed;
}

function grow(shelf: Shelf, leavesMax: number): void {
  const { ids, functions, leaves } = shelf;
  shelf.ids = new Uint32Array(leavesMax * ID_WORDS);
  shelf.ids.set(ids);
  shelf.functions = new Uint8Array(leavesMax);
  shelf.functions.set(functions);
  shelf.leaves = new Uint8Array(leavesMax * DIGEST_BYTES);
  shelf.leaves.set(leaves);
}
