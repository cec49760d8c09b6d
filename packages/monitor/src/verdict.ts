// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import type { CheckId } from "@zeta/protocol/checks";

/** What a monitor thread says about a frame; the names are those of the golden vectors. */
export type Verdict =
  | "success"
  | "failed_at_end"
  | "parsing_failure"
  | "app_failure"
  | "entry_failure"
  | "thread_dead"
  | "bad_input";

/** Answer to one log frame. Nothing in it is final before the epoch is certified. */
export interface FrameResult {
  readonly verdict: Verdict;
  /** Offset in the frame: 0 on success; else where the refusal is reported (a failed check of an entry is reported at the next entry). */
  readonly pos: number;
  /** Bytes consumed: the whole frame on success and `failed_at_end`, else 0. */
  readonly read: number;
  /** Bytes of application output. */
  readonly wrote: number;
  readonly output: Uint8Array;
  /** The check that refused, null on success. */
  readonly check: CheckId | null;
  /** Receipt leaves of the frame's calls that carry a request id, 32 bytes each, in log order. */
  readonly leaves: Uint8Array;
}

/** What a thread hands to the aggregator at VerifyEpoch. The accumulators are secrets of the enclave: never log or export them. */
export interface EpochContribution {
  readonly thread: number;
  readonly epoch: number;
  readonly add: Uint8Array;
  readonly addCount: bigint;
  readonly evict: Uint8Array;
  readonly evictCount: bigint;
  /** Application calls of this thread in this epoch. */
  readonly operations: bigint;
  readonly leafCount: bigint;
  readonly receiptsRoot: Uint8Array;
}

/** Receives contributions in the middle of a frame. `false` means the aggregate refused (A.poison or T.ring): the entry fails. */
export type ContributionSink = (contribution: EpochContribution) => boolean;

/** One occupied slot, for tests that compare two monitors. */
export interface SlotView {
  readonly depth: number;
  /** The base key as 32 big-endian bytes. */
  readonly key: Uint8Array;
  readonly method: "M" | "B";
  /** The record's value as in a log record, without the key: `00` | `01` ‖ value for application records, the Merkle value for internal ones. */
  readonly value: Uint8Array;
  readonly children: readonly [number | null, number | null];
  readonly parent: { readonly slot: number; readonly direction: 0 | 1 } | null;
}

/** The face that the WebAssembly monitor and the reference monitor share. */
export interface MonitorThread {
  readonly id: number;
  verifyLog(frame: Uint8Array): FrameResult;
  readonly clock: { readonly epoch: number; readonly counter: number };
  /** The last verified epoch, null before the first. */
  readonly lastVerifiedEpoch: number | null;
  /**
   * `bytes`: was anything added, evicted or called in an epoch that this thread has not committed, or is a frame being read? An element of an
   * open epoch may be a lie that only the end of its epoch would show.
   */
  readonly hasOpenWork: boolean;
  readonly failed: boolean;
  /** For tests: what is in a slot, null when it is empty. */
  slot(index: number): SlotView | null;
}

/** Where a monitor begins that goes on from another one's certified end. */
export interface StartPoint {
  /** The first epoch of this monitor. */
  readonly epoch: number;
  /** Value of the root at rest, as in the log (protocol's root-value.ts). */
  readonly root: Uint8Array;
}

/** How a monitor thread is made. */
export interface MonitorThreadOptions {
  readonly id: number;
  readonly threads: number;
  readonly slots: number;
  readonly profile: "kv64" | "bytes";
  /** How `kv64` lowers a key: the embedding, or BLAKE2b-256. Ignored by `bytes`. */
  readonly keyHash?: "identity" | "blake2b";
  /** 32 secret bytes, the same for all threads of an instance. */
  readonly setHashKey: Uint8Array;
  /** `bytes`: cap of the memory for values, in bytes; beyond it an entry fails with `L.memory`. */
  readonly valueMemoryBytes?: number;
  /** Default: epoch 0 and a tree in which nothing is. */
  readonly start?: StartPoint;
  /** `bytes`: the service whose functions the thread runs. Default: the built-in key-value service. */
  readonly service?: Program;
  readonly contribute: ContributionSink;
}
