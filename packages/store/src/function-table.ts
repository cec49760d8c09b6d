// SPDX-License-Identifier: Apache-2.0

/**
 * A call whose argument was understood, on its way: keys out, values in, the function, result and new values out, in this order. Keys and
 * values stand in the store's memory; none is kept.
 */
export interface ParsedCall {
  /** Records that the call touches: 1 to {@link FunctionTable.recordsPerCallMax}. */
  readonly count: number;
  /** Writes the key of record `index` to `memory[at ..]`; returns its length, at most KEY_BYTES_MAX. */
  writeKey(index: number, memory: Uint8Array, at: number): number;
  /** Two of the keys are the same. Throws a ZetaError that says so. */
  refuseDuplicate(): never;
  /** The value of the next record, in the order of the keys: `memory[at .. at + length)`. */
  takeValue(memory: Uint8Array, at: number, length: number): void;
  /** The next record has no value. */
  takeAbsent(): void;
  /**
   * Runs the function, which is pure. Its outcome is asked for before any other call of the table runs.
   *
   * @throws ZetaError if this call must not happen (R.fail).
   */
  run(): void;
  /** Result bytes as the monitor computes them: the receipt's leaf holds their digest. Nobody else may hold this array. */
  result(): Uint8Array;
  /** What becomes of record `index`. */
  change(index: number): "keep" | "delete" | "write";
  /** Bytes of the value that is written to record `index`. */
  valueLength(index: number): number;
  /** Writes that value to `memory[at ..]`. */
  copyValue(index: number, memory: Uint8Array, at: number): void;
}

/**
 * One function of a service as the untrusted side runs it: the same pure function that the monitor
 * runs.
 *
 * @throws ZetaError for an argument that the monitor would refuse.
 */
export type StoreFunction = (argument: Uint8Array) => ParsedCall;

/** The functions of a service by their numbers in the log. */
export interface FunctionTable {
  /** 1..CALL_SLOTS_MAX. */
  readonly recordsPerCallMax: number;
  /**
   * Slots and value memory for so many records must be there at once. Calls over more run as far as they suffice, and are refused with
   * `store_full` beyond. Default: all that a call may touch.
   */
  readonly recordsReserved?: number;
  /** The index is the number. */
  readonly functions: readonly StoreFunction[];
}
