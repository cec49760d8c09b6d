// SPDX-License-Identifier: Apache-2.0
import { FOREIGN, FOUND, GET, PUT, REFUSED } from "@zeta/store/wasm/kv64-store";
import type { RingPlace } from "./batch-ring.ts";

/** An operation on a record of 64 bits. */
export type Kv64Operation =
  | { readonly kind: "get"; readonly key: bigint }
  | { readonly kind: "put"; readonly key: bigint; readonly value: bigint };

/**
 * Of a get its value, null if there is none; of a put whether it was done. `refused`: the worker holds as many records as it may, nothing
 * was done.
 */
export type Kv64Answer = bigint | null | "done" | "refused";

/** Writes the operations with these indices into a place. */
export function fill(
  { words, kinds }: RingPlace,
  indices: readonly number[],
  operations: readonly Kv64Operation[],
): void {
  for (const [position, index] of indices.entries()) {
    const operation = operations[index];
    if (operation === undefined) continue;
    words[2 * position] = operation.key;
    words[2 * position + 1] = operation.kind === "put" ? operation.value : 0n;
    kinds[position] = operation.kind === "put" ? PUT : GET;
  }
}

/** Takes their answers out of it. */
export function collect(
  { words, kinds }: RingPlace,
  indices: readonly number[],
  operations: readonly Kv64Operation[],
  answers: Kv64Answer[],
): void {
  for (const [position, index] of indices.entries()) {
    const answer = kinds[position];
    if (answer === REFUSED || answer === FOREIGN) answers[index] = "refused";
    else if (operations[index]?.kind === "put") answers[index] = "done";
    else answers[index] = answer === FOUND ? (words[2 * position + 1] ?? null) : null;
  }
}
