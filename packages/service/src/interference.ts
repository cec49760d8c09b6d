// SPDX-License-Identifier: Apache-2.0
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { EngineCall, Executed } from "./engine-call.ts";

/**
 * The seam through which a service that was started with `allowAttacks` lies (`attacks/`). A host is free to do all of this; the honest engine
 * only asks whether somebody does. Without attacks there is no interference at all.
 */
export interface Interference {
  /** May answer a call that then never runs; null lets it run. */
  instead(call: EngineCall): Executed | null;
  /** Sees every answer before the client does, and may change it. */
  after(call: EngineCall, answer: Executed): Executed;
  /** May answer the question for a receipt; null leaves it to the receipt book. */
  receipt(requestId: string): Promise<ReceiptAnswer | null>;
}
