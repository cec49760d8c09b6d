// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/** The service gave no answer that can be used: a problem, malformed bytes, or nothing at all. */
export class TransportError extends ZetaError<"service_error" | "network_error"> {
  /** The problem's code, `malformed_answer`, or null when no answer came. */
  readonly problem: string | null;
  readonly status: number | null;
  /**
   * With `monitor_failed`: what the service presents as a violation statement. Not checked here.
   */
  readonly violation: Uint8Array | null;

  constructor(
    code: "service_error" | "network_error",
    message: string,
    details: {
      readonly problem?: string;
      readonly status?: number;
      readonly violation?: Uint8Array | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, { cause: details.cause });
    this.problem = details.problem ?? null;
    this.status = details.status ?? null;
    this.violation = details.violation ?? null;
  }
}
