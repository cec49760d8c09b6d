// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { CallProblemCode } from "@zeta/protocol/http-api";

/** Why a call did not happen, when it was not the service's own decision. Nothing was executed then. */
export type CallErrorCode = CallProblemCode | "unknown_operation";

/**
 * A call that must not happen for a reason of its own; the caller hears the code.
 *
 * @example
 * throw new CallError("invalid_argument", "expected an integer as amount, got 1.5");
 */
export class CallError extends ZetaError<CallErrorCode> {}

/** The service said `fail(code)`: this call must not have happened. */
export class CallFailed extends ZetaError<"call_failed"> {
  /** The service's own code, such as `no_such_account`. */
  readonly failure: string;

  constructor(failure: string) {
    super("call_failed", `the service refused the call: ${failure}`);
    this.failure = failure;
  }
}

/** Is this a call that must not happen, for its own reason or the service's? */
export function isCallRefusal(error: unknown): error is CallError | CallFailed {
  return error instanceof CallError || error instanceof CallFailed;
}
