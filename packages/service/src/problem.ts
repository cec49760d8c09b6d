// SPDX-License-Identifier: Apache-2.0
import { CallFailed } from "@zeta/app/call-error";
import { isZetaError, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { Problem, ProblemCode } from "@zeta/protocol/http-api";

/** Every problem code with its HTTP status and its title: one table, so that a code always means the same thing. */
export const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> =
  Object.freeze({
    invalid_json: [400, "The body is not JSON"],
    invalid_request: [400, "The request is malformed"],
    host_not_allowed: [421, "This service does not answer for this host"],
    origin_not_allowed: [403, "This service does not answer pages of this origin"],
    unsupported_media_type: [415, "The media type is not supported"],
    payload_too_large: [413, "The body is too large"],
    key_too_long: [400, "The key is too long"],
    value_too_large: [413, "The value is too large"],
    unknown_operation: [400, "There is no such operation"],
    duplicate_request_id: [409, "The request id was used before"],
    not_found: [404, "The key is absent"],
    method_not_allowed: [405, "The method is not allowed here"],
    unknown_path: [404, "There is nothing at this path"],
    receipt_unknown: [404, "There is no such receipt"],
    epoch_unknown: [404, "There is no such epoch"],
    epoch_pending: [404, "The epoch is not certified yet"],
    attacks_disabled: [403, "Attacks are disabled"],
    unknown_attack: [404, "There is no such attack"],
    too_many_requests: [429, "The service is busy"],
    invalid_argument: [400, "The arguments do not match the operation"],
    invalid_key: [422, "The call names a record that cannot be"],
    duplicate_record: [422, "The call names a record twice"],
    invalid_record: [422, "A record does not match its schema"],
    invalid_result: [422, "The function returned what does not match its schema"],
    invalid_write: [422, "The function wrote what does not match its schema"],
    undeclared_record: [422, "The function wrote to a record that it did not declare"],
    function_threw: [422, "The function threw"],
    fuel_exhausted: [422, "The function took too many steps"],
    call_too_deep: [422, "The function called itself too deeply"],
    invalid_signature: [422, "The call is not signed by whom it needs"],
    invalid_signer: [422, "The function names no signer"],
    sequence_stands: [422, "The signer's sequence number has not grown"],
    impure_function: [422, "The function gave two answers to one input"],
    store_full: [507, "The store is full"],
    monitor_failed: [503, "The monitor refused this service's log"],
    storage_failed: [503, "The storage failed"],
    shutting_down: [503, "The service is shutting down"],
    internal_error: [500, "Internal error"],
  });

/** Understood, and not done: nothing was executed. */
const REFUSED_STATUS = 422;

/** Refusal by the monitor: it carries the signed statement, which is what the client needs. */
export class MonitorFailedError extends ZetaError<"monitor_failed"> {
  readonly violation: Uint8Array;

  constructor(violation: Uint8Array) {
    super("monitor_failed", "the monitor refused the log; nothing more will be certified");
    this.violation = violation;
  }
}

/** Ends a request with a coded problem. */
export function refuse(code: ProblemCode, detail: string): never {
  throw new ZetaError<ProblemCode>(code, detail);
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

export function problemOf(code: ProblemCode, detail: string, violation?: Uint8Array): Problem {
  const [status, title] = PROBLEMS[code];
  const problem: Problem = { type: "about:blank", title, status, code, detail };
  return violation === undefined ? problem : { ...problem, violation: toHex(violation) };
}

/** The service's own code: unlike all others its meaning is not ours. */
function refusalProblem({ failure, message }: CallFailed): Problem {
  const title = "The service refused the call";
  return { type: "about:blank", title, status: REFUSED_STATUS, code: failure, detail: message };
}

/** The problem a thrown value stands for; null when it is none of ours, so that its text must not reach the client. */
export function problemOfError(error: unknown): Problem | null {
  if (error instanceof MonitorFailedError) {
    return problemOf("monitor_failed", error.message, error.violation);
  }
  if (error instanceof CallFailed) return refusalProblem(error);
  if (!isZetaError(error) || !isProblemCode(error.code)) return null;
  return problemOf(error.code, error.message);
}
