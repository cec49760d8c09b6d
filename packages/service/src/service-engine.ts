// SPDX-License-Identifier: Apache-2.0
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { CallOutcome } from "./call-queue.ts";
import type { Clock } from "./clock.ts";
import type { EngineCall, Executed } from "./engine-call.ts";
import type { EpochEvents } from "./epoch-events.ts";
import type { ServedInstance } from "./served-instance.ts";

/** What runs calls behind the HTTP front: on one thread (engine.ts) or on several (threads/). */
export interface ServiceEngine {
  readonly serviceId: string;
  readonly instance: ServedInstance;
  readonly events: EpochEvents;
  readonly clock: Clock;
  /** Why no calls are taken now; null: they are. */
  readonly refusal: "violation" | "shutting_down" | "fault" | null;
  /**
   * Runs calls one after the other, nothing of other callers between them, and answers when the monitor has accepted their log.
   *
   * @throws ZetaError `duplicate_request_id`, `too_many_requests`, `shutting_down` (then nothing ran) or `monitor_failed`.
   */
  execute(calls: readonly EngineCall[]): Promise<readonly Executed[]>;
  /**
   * The same for calls that stand for themselves: one that cannot run, since the store is full, is told in its place and hinders no other.
   *
   * @throws as {@link ServiceEngine.execute}.
   */
  executeEach(calls: readonly EngineCall[]): Promise<readonly CallOutcome[]>;
  /** Ends the current epoch; resolves to its number once it is certified. */
  closeEpoch(): Promise<number>;
  /** What is known of an answer's receipt; null: nothing (any more). */
  receipt(requestId: string): Promise<ReceiptAnswer | null>;
  /** Certifies the current epoch, waiting at most `deadlineMs` for each epoch; then ends all streams. */
  close(deadlineMs: number): Promise<void>;
}
