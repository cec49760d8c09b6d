// SPDX-License-Identifier: Apache-2.0
import type { BatchFacts } from "./api/prover-api.ts";
import type { HeldLease } from "./lease-keeper.ts";

/** A claimed batch with its data, its lease being renewed. */
export interface ReadyBatch {
  readonly facts: BatchFacts | null;
  readonly data: Uint8Array;
  /** SHA-256 of the data, computed here. */
  readonly digest: Uint8Array;
  readonly lease: string | null;
  readonly held: HeldLease | null;
}
