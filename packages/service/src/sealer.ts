// SPDX-License-Identifier: Apache-2.0
import type { EngineCall } from "./engine-call.ts";
import type { LogRecorder } from "./instance.ts";
import type { InstanceAtRest } from "./instance-at-rest.ts";

/** Has the store sealed now and then, and takes what is at rest: a batch for provers elsewhere (batches/), or a checkpoint (durable/). */
export interface Sealer {
  /** Writes the log down; null: it needs none. */
  readonly recorder: LogRecorder | null;
  /** Writes calls down before their epoch may be certified; null: it need not know them. */
  readonly journal: CallJournal | null;
  /** Should the present epoch be the last before the store is sealed? */
  readonly isDue: boolean;
  /** Must the store be sealed before the service ends? */
  readonly isDueAtEnd: boolean;
  /** No more calls for now: what waits to be written is as much as it may be. */
  readonly isFull: boolean;
  /** The store is sealed, and its last epoch certified. */
  finish(instance: InstanceAtRest): void;
  /** Resolves when all is written; rejects with why something could not be. */
  close(): Promise<void>;
}

/** The calls of a service in the order in which they ran. */
export interface CallJournal {
  /** The call ran in this epoch. */
  ran(call: EngineCall, epoch: number): void;
  /** Nobody has been told what ran in this turn of the engine: now somebody will be. */
  endTurn(): void;
  /** Resolves when a power cut loses nothing of this epoch any more; no more calls run in it. */
  whenDurable(epoch: number): Promise<void>;
}
