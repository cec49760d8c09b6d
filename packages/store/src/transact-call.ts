// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import { conditionHolds, type TransactItem, type TransactResult } from "@zeta/protocol/kv-transact";
import { encodeTransactResult } from "@zeta/protocol/kv-transact-codec";
import type { ParsedCall } from "./function-table.ts";

/** A mini-transaction: it compares values where they stand, so only what is written is copied. */
export class TransactCall implements ParsedCall {
  readonly #items: readonly TransactItem[];
  #compared = 0;
  #failedAt: number | null = null;

  constructor(items: readonly TransactItem[]) {
    this.#items = items;
  }

  get count(): number {
    return this.#items.length;
  }

  writeKey(index: number, memory: Uint8Array, at: number): number {
    const { key } = this.#item(index);
    memory.set(key, at);
    return key.length;
  }

  refuseDuplicate(): never {
    throw new ZetaError("R.distinct", "expected distinct keys in one call, got one twice");
  }

  takeValue(memory: Uint8Array, at: number, length: number): void {
    this.#compare(memory.subarray(at, at + length));
  }

  takeAbsent(): void {
    this.#compare(null);
  }

  #compare(value: Uint8Array | null): void {
    const index = this.#compared++;
    // The first that does not hold is the answer: the others need not be hashed.
    if (this.#failedAt !== null) return;
    if (!conditionHolds(this.#item(index).condition, value)) this.#failedAt = index;
  }

  run(): void {
    assert(this.#compared === this.#items.length, "a value, or none, of each record");
  }

  result(): Uint8Array {
    return encodeTransactResult(this.#outcome());
  }

  #outcome(): TransactResult {
    return this.#failedAt === null
      ? { done: true, failedAt: null }
      : { done: false, failedAt: this.#failedAt };
  }

  change(index: number): "keep" | "delete" | "write" {
    const { write } = this.#item(index);
    if (this.#failedAt !== null || write === "keep") return "keep";
    return write === "delete" ? "delete" : "write";
  }

  valueLength(index: number): number {
    return this.#put(index).length;
  }

  copyValue(index: number, memory: Uint8Array, at: number): void {
    memory.set(this.#put(index), at);
  }

  #put(index: number): Uint8Array {
    const { write } = this.#item(index);
    assert(typeof write !== "string", "a record that is written");
    return write.put;
  }

  #item(index: number): TransactItem {
    return this.#items[index] as TransactItem;
  }
}
