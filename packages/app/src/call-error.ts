// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/** Why a call did not happen, when it was not the service's own decision. Nothing was executed then. */
export type CallErrorCode =
  /** The arguments do not match the operation's schema. */
  | "invalid_argument"
  | "unknown_operation"
  /** A key that the operation derived does not match its record's schema, or there are none or too many. */
  | "invalid_key"
  /** Two of the call's keys name the same record. */
  | "duplicate_record"
  /** A stored value does not match its record's schema: never with an honest store. */
  | "invalid_record"
  | "invalid_result"
  /** A write of the wrong type. */
  | "invalid_write"
  /** A write to something that the operation did not declare. */
  | "undeclared_record"
  /** The function threw something else than {@link CallFailed}. */
  | "function_threw"
  /** The function took more steps than a call may: it may never end. */
  | "fuel_exhausted"
  /** The function called itself too deeply. */
  | "call_too_deep"
  /** Two runs on the same input gave different answers. */
  | "impure_function";

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
