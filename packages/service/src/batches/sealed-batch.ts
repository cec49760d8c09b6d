// SPDX-License-Identifier: Apache-2.0
import type { BatchHeader } from "@zeta/protocol/batch";

/** A batch as it leaves the service: header and compressed log in `data`, and what is in the header. */
export interface SealedBatch {
  readonly header: BatchHeader;
  readonly data: Uint8Array;
}

/** Where the chain of batches stands: what the next batch must begin with. */
export interface BatchChainEnd {
  readonly number: number;
  /** Hash of the root after that batch. */
  readonly root: Uint8Array;
}

/** Takes sealed batches, in order. */
export interface BatchSink {
  /** The last batch of this service that was taken, null when there is none. */
  last(): Promise<BatchChainEnd | null>;
  /** Resolves when the batch will survive this process. The same batch may be given again after a failure. */
  put(batch: SealedBatch): Promise<void>;
  close(): Promise<void>;
}
