// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { ParsedCall } from "./function-table.ts";

/** What a function makes of the records it touches. */
export interface FunctionOutcome {
  readonly result: Uint8Array;
  /** The records' values afterwards, in the order of the keys; null is absent. The very array that was given leaves its record as it is. */
  readonly values: readonly (Uint8Array | null)[];
}

/** A call from its keys and a pure function on arrays: slower than one that works in the store's memory, and shorter to write. */
export class ArrayCall implements ParsedCall {
  readonly #keys: readonly Uint8Array[];
  readonly #apply: (values: readonly (Uint8Array | null)[]) => FunctionOutcome;
  readonly #before: (Uint8Array | null)[] = [];
  #outcome: FunctionOutcome = { result: new Uint8Array(0), values: [] };

  constructor(
    keys: readonly Uint8Array[],
    apply: (values: readonly (Uint8Array | null)[]) => FunctionOutcome,
  ) {
    this.#keys = keys;
    this.#apply = apply;
  }

  get count(): number {
    return this.#keys.length;
  }

  writeKey(index: number, memory: Uint8Array, at: number): number {
    const key = this.#keys[index] as Uint8Array;
    memory.set(key, at);
    return key.length;
  }

  refuseDuplicate(): never {
    throw new ZetaError("R.distinct", "expected distinct keys in one call, got one twice");
  }

  takeValue(memory: Uint8Array, at: number, length: number): void {
    this.#before.push(memory.slice(at, at + length));
  }

  takeAbsent(): void {
    this.#before.push(null);
  }

  run(): void {
    this.#outcome = this.#apply(this.#before);
  }

  result(): Uint8Array {
    return this.#outcome.result;
  }

  change(index: number): "keep" | "delete" | "write" {
    const after = this.#after(index);
    if (after === this.#before[index]) return "keep";
    return after === null ? "delete" : "write";
  }

  valueLength(index: number): number {
    return this.#after(index)?.length ?? 0;
  }

  copyValue(index: number, memory: Uint8Array, at: number): void {
    memory.set(this.#after(index) ?? [], at);
  }

  #after(index: number): Uint8Array | null {
    return this.#outcome.values[index] ?? null;
  }
}
