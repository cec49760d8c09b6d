// SPDX-License-Identifier: Apache-2.0
/**
 * The coded errors of attestation. A code is stable: scripts and tests compare it; the message is
 * for people.
 */

import { ZetaError } from "@zeta/protocol/error";

export const ATTESTATION_CODES = [
  // the document a service serves
  "DOCUMENT_MALFORMED", // not the JSON of a service attestation
  "INSTANCE_MISMATCH", // the instance id is not that of the key
  "MEASUREMENT_MISMATCH", // the quote measures something else than the document says
  "TEE_MISMATCH", // the quote is of another TEE than the document or the caller says
  // any quote
  "QUOTE_TOO_LARGE",
  "QUOTE_MALFORMED", // does not parse, to the last byte
  "QUOTE_UNSUPPORTED", // well-formed, but a version, key type, TEE or vendor that is not accepted
  "QUOTE_SIGNATURE_INVALID",
  // certificates and revocation lists
  "DER_MALFORMED",
  "CERTIFICATE_MALFORMED",
  "CERTIFICATE_SIGNATURE_INVALID",
  "CERTIFICATE_NOT_CURRENT", // the given time is outside its validity
  "CERTIFICATE_REVOKED",
  "CHAIN_INVALID", // wrong number, order, names or authority of certificates
  "ROOT_NOT_TRUSTED", // the chain ends at a key that is not pinned
  "CRL_MALFORMED",
  "CRL_ISSUER_MISMATCH",
  "CRL_SIGNATURE_INVALID",
  "CRL_NOT_CURRENT",
  // collateral
  "COLLATERAL_MISSING", // the evidence cannot be judged without it
  "COLLATERAL_MALFORMED",
  "COLLATERAL_SIGNATURE_INVALID",
  "COLLATERAL_NOT_CURRENT",
  "COLLATERAL_MISMATCH", // genuine, but for another platform or TEE
  // DCAP (SGX and TDX)
  "QE_REPORT_SIGNATURE_INVALID",
  "QE_REPORT_DATA_MISMATCH", // the quoting enclave vouches for another attestation key
  "QE_IDENTITY_MISMATCH", // not Intel's quoting enclave
  "TDX_MODULE_MISMATCH", // not a known Intel TDX module
  "TCB_NOT_SUPPORTED", // below every TCB level Intel lists
  "TCB_REVOKED",
  // SEV-SNP
  "VEK_MISMATCH", // the endorsement key is of another chip, product or TCB than the report
  "TCB_ORDER_INVALID", // not reported <= committed <= current
  // policy
  "POLICY_MALFORMED",
  "TEE_NOT_ALLOWED", // the policy says nothing about this TEE, so nothing of it is accepted
  "SIMULATION_NOT_ALLOWED",
  "DEBUG_NOT_ALLOWED",
  "STATUS_NOT_ALLOWED",
  "ADVISORY_NOT_ALLOWED",
  "MEASUREMENT_NOT_ALLOWED",
  "ATTRIBUTES_NOT_ALLOWED",
  "SERVICE_TD_NOT_ALLOWED",
  "MIGRATION_NOT_ALLOWED",
  "VMPL_NOT_ALLOWED",
  "REPORT_DATA_MISMATCH",
  "PLATFORM_NOT_ALLOWED",
  "EVALUATION_TOO_OLD", // the collateral's evaluation number is under the policy's floor
  "TCB_FLOOR_MISSING", // AMD publishes no TCB status: the policy must name a minimum
  "TCB_TOO_OLD",
  "CRL_MISSING",
  // producers
  "TEE_UNAVAILABLE", // no such TEE on this machine, or it is switched off
  "PRODUCER_FAILED",
  // collateral fetcher
  "FETCH_FAILED",
] as const;

export type AttestationCode = (typeof ATTESTATION_CODES)[number];
export type AttestationError = ZetaError<AttestationCode>;

/** Is it one of ours? Assertions and library errors are not. */
export function isAttestationError(error: unknown): error is AttestationError {
  return (
    error instanceof ZetaError && (ATTESTATION_CODES as readonly string[]).includes(error.code)
  );
}

/** Refuses with a coded error; `cause` is what a library underneath threw. */
export function refuse(code: AttestationCode, message: string, cause?: unknown): never {
  throw new ZetaError(code, message, cause === undefined ? undefined : { cause });
}

/** Runs a parser of `what`; an error of the encoding underneath becomes the given code. */
export function refusing<T>(code: AttestationCode, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isAttestationError(error) && error.code !== "DER_MALFORMED") throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(code, `expected ${what}: ${reason}`, error);
  }
}
