// SPDX-License-Identifier: Apache-2.0

/** What a call makes of the records it touches. */
export interface FunctionOutcome {
  /**
   * Result bytes as the monitor computes them: the receipt's leaf holds their digest. Nobody else
   * may hold this array.
   */
  readonly result: Uint8Array;
  /**
   * The records' values afterwards, in the order of the keys; null is absent. The store copies what
   * it keeps.
   */
  readonly values: readonly (Uint8Array | null)[];
}

/** An argument that was understood. */
export interface ParsedCall {
  /**
   * Keys of the records that the call touches, pairwise distinct, at most {@link
   * FunctionTable.recordsPerCallMax}.
   */
  readonly keys: readonly Uint8Array[];
  /**
   * The function itself, on the records' values in the order of the keys; null is absent. Pure:
   * `values` may neither be changed nor kept; returning one of them leaves its record as it is.
   *
   * @throws ZetaError if this call must not happen (R.fail).
   */
  apply(values: readonly (Uint8Array | null)[]): FunctionOutcome;
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
  /** 1..CALL_SLOTS_MAX. Slots and value memory for so many records must be there at once. */
  readonly recordsPerCallMax: number;
  /** The index is the number. */
  readonly functions: readonly StoreFunction[];
}
