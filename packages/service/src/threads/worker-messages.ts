// SPDX-License-Identifier: Apache-2.0
import type { WorkerSeed } from "@zeta/monitor/worker-monitor";
import type { Loan } from "@zeta/store/loan";
import type { StoreStatistics } from "@zeta/store/store-worker";
import type { TopValue } from "@zeta/store/tops";
import type { HandedTop } from "@zeta/store/wasm/crown";
import type { StoreShare } from "@zeta/store/wasm/share-out";
import type { Refusal } from "./refused-call.ts";

/** What a worker is started with. */
export interface ServiceWorkerStart {
  readonly monitor: WorkerSeed;
  readonly slots: number;
  readonly valueMemoryBytes: number;
  readonly recordsMax: number | null;
  readonly share: StoreShare;
  /** The whole tree is at rest at the start, in this epoch; null: it is empty and was handed out by the prologue. */
  readonly restEpoch: number | null;
  /** Logged before anything else: by thread 0, which shares the tree out. */
  readonly prologue: Uint8Array;
}

/** What a worker is asked to do. Each command has one reply, and replies come in the order of commands. */
export type Command =
  | { readonly kind: "run"; readonly calls: Uint8Array<ArrayBuffer> }
  /** Runs one call over records of several workers. */
  | {
      readonly kind: "borrow";
      readonly calls: Uint8Array<ArrayBuffer>;
      readonly loans: readonly Loan[];
    }
  | { readonly kind: "lend"; readonly keys: readonly Uint8Array[] }
  | { readonly kind: "takeBack"; readonly loans: readonly Loan[] }
  | { readonly kind: "enterEpoch" }
  /** At rest: takes records of its share in, as `packRecords` writes them. */
  | { readonly kind: "restore"; readonly records: Uint8Array<ArrayBuffer> }
  /** The last have come: replies with the tops. */
  | { readonly kind: "finishRestore"; readonly fullDepth: number }
  /** Brings everything home and hands its tops back; ends the epoch, unless it is thread 0. */
  | { readonly kind: "seal" }
  /** Thread 0: something for its log that its store does not write, up to this counter of the epoch; the epoch may end with it. */
  | {
      readonly kind: "log";
      readonly frame: Uint8Array;
      readonly counter: number;
      readonly endsEpoch: boolean;
    }
  /** The next changed records, after a seal; none after the last. */
  | { readonly kind: "changes" }
  /** Takes its tops, which thread 0 evicted at these counters, by group. */
  | { readonly kind: "adopt"; readonly times: readonly number[] }
  | { readonly kind: "statistics" };

export interface Reply {
  /** The epoch of what ran. */
  readonly epoch: number;
  /** Log bytes that the monitor has accepted meanwhile. */
  readonly logBytes: number;
  /** The epoch has counted so far that it should end. */
  readonly isEpochDue: boolean;
  /** Packed; null where a call was refused. */
  readonly results?: Uint8Array<ArrayBuffer>;
  /** Receipt leaves of the calls that ran and had a request id, 32 bytes each. */
  readonly leaves: Uint8Array<ArrayBuffer>;
  /** In the order of the refused calls, or of the one command. */
  readonly refusals: readonly Refusal[];
  readonly loans?: readonly Loan[];
  readonly tops?: readonly HandedTop[];
  readonly topValues?: readonly TopValue[];
  /** Packed. */
  readonly records?: Uint8Array<ArrayBuffer>;
  readonly statistics?: StoreStatistics;
}

/** What a worker says. */
export type Report =
  | { readonly kind: "reply"; readonly reply: Reply }
  /** Its share of this epoch is with the aggregator; all leaves of the epoch were told before. */
  | { readonly kind: "committed"; readonly epoch: number; readonly logBytes: number }
  /** The monitor refused the log: this worker does nothing more. */
  | { readonly kind: "refused"; readonly check: string };
