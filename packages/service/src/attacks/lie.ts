// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { ProblemCode, ReceiptAnswer } from "@zeta/protocol/http-api";
import { decodeKvArgument, type KvRecordOperation } from "@zeta/protocol/kv";
import type { Engine } from "../engine.ts";
import type { EngineCall, Executed } from "../engine-call.ts";
import type { History } from "./history.ts";

/** An armed lie: what it does at the seams of the engine. Each is told once; `done` says that it was. */
export interface Lie {
  readonly done: boolean;
  instead?(call: EngineCall): Executed | null;
  after?(call: EngineCall, answer: Executed): Executed;
}

export type AttackMode = "honest-log" | "lying-log";

/** What a lie is about. */
export interface AttackTarget {
  readonly key: Uint8Array;
  readonly mode: AttackMode;
}

/** What the liar has at hand: the engine, and a memory of what was true. */
export interface AttackContext {
  readonly engine: Engine;
  readonly history: History;
  /** From now on the receipt of one answer is served for another. */
  aliasReceipt(requestId: string, servedId: string): void;
  /** Tells lies of this kind until `done`. */
  add(lie: Lie): void;
}

/** Arms a lie and says, in one line for people, what will happen. */
export type Attack = (context: AttackContext, target: AttackTarget) => Promise<string>;

/** Is it this operation on this key? */
export function isCallOf(
  call: EngineCall,
  operation: KvRecordOperation["operation"],
  key: Uint8Array,
): boolean {
  const given = decodeKvArgument(call.function, call.argument);
  if (given.operation === "transact") return false;
  return given.operation === operation && Buffer.compare(given.key, key) === 0;
}

/** The honest receipt of `servedId`, under another name. */
export function renamed(answer: ReceiptAnswer | null, requestId: string): ReceiptAnswer {
  if (answer === null) {
    throw new ZetaError<ProblemCode>("receipt_unknown", "expected a receipt to replay, got none");
  }
  return { ...answer, requestId };
}
