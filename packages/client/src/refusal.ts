// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { Evidence } from "./evidence.ts";

/** Why the client does not accept what the service said. Stable: programs compare it. */
export const REFUSAL_CODES = [
  "attestation_rejected", // the policy does not accept the quote or what it measures
  "lineage_invalid", // the instances before this one do not lead from an empty store to it
  "certificate_invalid", // not signed by the attested key, of another service, or no certificate
  "chain_broken", // a certificate does not continue the one before it
  "fork", // two different certificates of one epoch
  "instance_changed", // another enclave answers, without the history that this client saw
  "answer_lost", // the service restarted, and what it told provisionally is not proven any more
  "receipt_mismatch", // the receipt is for another request, function, thread or epoch
  "answer_mismatch", // what the client was told is not what the monitor computed
  "order_violated", // the monitor ran this client's calls in another order than he made them
  "receipt_missing", // the epoch is certified, but no receipt came: the call was not executed
  "violation", // the monitor refused the host's log and signed that
  "certification_timeout", // no certificate came in time
  "service_error", // the service answered with a problem, or with bytes that are no answer
  "network_error", // no answer at all
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** A service that is slow, gone, restarted or out of order has not been caught lying. */
export const NO_LIE: readonly RefusalCode[] = [
  "answer_lost",
  "certification_timeout",
  "network_error",
  "service_error",
];

export interface RefusalDetails {
  /**
   * The finer code, if there is one: a check ID, an attestation code, a problem code, a decoding
   * code.
   */
  readonly check?: string | null;
  /**
   * What was asked, told and signed, for a file that others can check; null when nothing was yet.
   */
  readonly evidence?: Evidence | null;
  readonly cause?: unknown;
}

/**
 * The client refuses. `code` says why; `evidence` is a plain JSON object to keep, show or give to
 * `zeta verify`.
 *
 * @example
 * try { await answer.certified(); } catch (error) { if (error instanceof RefusedError)
 * save(JSON.stringify(error.evidence)); }
 */
export class RefusedError extends ZetaError<RefusalCode> {
  readonly check: string | null;
  readonly evidence: Evidence | null;

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(code, message, { cause: details.cause });
    this.check = details.check ?? null;
    this.evidence = details.evidence ?? null;
  }
}

/** Is it a refusal, optionally one with this code? */
export function isRefused(error: unknown, code?: RefusalCode): error is RefusedError {
  return error instanceof RefusedError && (code === undefined || error.code === code);
}
