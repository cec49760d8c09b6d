// SPDX-License-Identifier: Apache-2.0
import { CallError, type CallErrorCode, CallFailed, isCallRefusal } from "@zeta/app/call-error";
import { isZetaError, ZetaError } from "@zeta/protocol/error";

/** Why a call was refused, as it crosses from a worker: errors lose their class on the way. */
export interface Refusal {
  readonly kind: "failed" | "call" | "other";
  /** Of `failed` the service's own. */
  readonly code: string;
  readonly message: string;
}

/** @throws the error itself, if it is not a refusal of ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof CallFailed) {
    return { kind: "failed", code: error.failure, message: error.message };
  }
  if (!isZetaError(error)) throw error;
  return {
    kind: isCallRefusal(error) ? "call" : "other",
    code: error.code,
    message: error.message,
  };
}

export function errorOf({ kind, code, message }: Refusal): Error {
  if (kind === "failed") return new CallFailed(code);
  if (kind === "call") return new CallError(code as CallErrorCode, message);
  return new ZetaError(code, message);
}
