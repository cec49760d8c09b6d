// SPDX-License-Identifier: Apache-2.0

export interface TargetCall {
  readonly operation: "get" | "put";
  readonly key: Uint8Array;
  /** With `put`. */
  readonly value: Uint8Array;
  /** Verify this answer's receipt end to end. */
  readonly sample: boolean;
}

export interface TargetAnswer {
  /** The epoch in which the call ran, provisional until it is certified. */
  readonly epoch: number;
  /** What `get` read; null for an absent key and for `put`. */
  readonly value: Uint8Array | null;
}

/** What a workload runs against: a service at a URL, or an engine in this process. */
export interface Target {
  /** Runs the calls in this order, each its own call with a request id of ours. */
  batch(calls: readonly TargetCall[]): Promise<readonly TargetAnswer[]>;
  /** Sets who is told of each epoch whose certificate was verified here, in order. */
  onCertified(listener: (epoch: number) => void): void;
  /**
   * Resolves when this epoch's certificate and all sampled answers have been verified.
   *
   * @returns How many sampled answers that were.
   * @throws ZetaError when one of them was not what it was said to be.
   */
  settle(epoch: number): Promise<number>;
  close(): Promise<void>;
}
