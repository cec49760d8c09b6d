// SPDX-License-Identifier: Apache-2.0
import Type, { type Static } from "typebox";

/**
 * Every refusal of the prover API: its stable code, HTTP status and title. What is permanent and what may pass must be told by the
 * status alone, because old provers see nothing else: 5xx and 429 may pass, everything else will not.
 */
export const PROBLEMS = {
  malformed_request: [400, "The request is not HTTP as it should be"],
  invalid_json: [400, "The body is not JSON"],
  invalid_batch_number: [400, "The batch number is not an unsigned 32-bit integer"],
  operator_only: [403, "Only an operator may do this"],
  origin_not_allowed: [403, "This server does not answer pages of other origins"],
  unknown_path: [404, "There is nothing here"],
  unknown_batch: [404, "No such batch"],
  unknown_job: [404, "No prover was ever given this batch"],
  batch_data_missing: [404, "The data of the batch is gone"],
  method_not_allowed: [405, "Not with this method"],
  stale_lease: [409, "The lease is over or was never given"],
  already_proven: [409, "Another proof of this batch is stored"],
  unregistered_key: [409, "No attestation of this key is registered"],
  attestation_expired: [409, "No attestation of this key is valid now"],
  attestation_revoked: [409, "The attestations of this key were revoked"],
  attestation_conflict: [409, "Another attestation of this key is registered"],
  payload_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body must be application/json"],
  host_not_allowed: [421, "This server does not answer for this host"],
  invalid_request: [422, "The body has the wrong shape"],
  attestation_rejected: [422, "The attestation does not satisfy the policy"],
  root_mismatch: [422, "The proof is of another root"],
  signature_invalid: [422, "The signature is not one by this key over this proof"],
  too_many_requests: [429, "Too many requests"],
  internal_error: [500, "The server made a mistake"],
  store_unavailable: [503, "The database or batch store does not answer"],
  shutting_down: [503, "The server is stopping"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457 problem details. */
export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
});
export type Problem = Static<typeof ProblemSchema>;

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === "string" && Object.hasOwn(PROBLEMS, code);
}

/** The body of a refusal. */
export function problemOf(code: ProblemCode, detail: string): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:zeta:tee:${code}`, title, status, code, detail };
}
