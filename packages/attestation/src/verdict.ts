// SPDX-License-Identifier: Apache-2.0
/**
 * Evidence and policy in one answer: the shape scripts read from `zeta attestation verify --json`.
 */

import { toHex } from "@zeta/protocol/hex";
import { type Claims, measurementClaims, simulationClaims } from "./claims.ts";
import type { TcbStatus } from "./dcap/tcb-status.ts";
import { type AttestationCode, isAttestationError } from "./error.ts";
import {
  type Evidence,
  isDebug,
  teeOf,
  type VerifyOptions,
  verifyDcapSignatures,
  verifyEvidence,
} from "./evidence.ts";
import { applyPolicy, HARDWARE_ONLY_POLICY, type Policy } from "./policy.ts";
import type { Tee } from "./tee.ts";

export interface Verdict {
  /** What the bytes claim to be; null if nothing known. */
  readonly tee: Tee | null;
  /**
   * `valid`: everything the hardware's makers can say has been checked. `incomplete`: genuinely
   * signed, but there is no collateral to judge the platform by (SEV-SNP: nothing at all could be
   * checked). `invalid`: something does not hold.
   */
  readonly evidence: "valid" | "invalid" | "incomplete";
  /** Intel's status; null for SEV-SNP and simulation, and when the evidence is not valid. */
  readonly status: TcbStatus | null;
  /** Null when nothing authenticated says it. */
  readonly debug: boolean | null;
  readonly advisories: readonly string[];
  readonly policy: "accepted" | "rejected";
  /** One line each, `CODE: expected X, got Y`. Empty exactly when accepted. */
  readonly reasons: readonly string[];
  /** The first reason's code; null when accepted. */
  readonly code: AttestationCode | null;
  /** Authenticated fields only: empty when the evidence is invalid. */
  readonly measurement: Claims;
  readonly reportData: string | null;
  /**
   * ISO time after which the verdict must be made again; null for simulation and for invalid
   * evidence.
   */
  readonly expiresAt: string | null;
  /** What a person should know although it is accepted. */
  readonly warnings: readonly string[];
  /** The platform, as far as known: FMSPC and PPID of Intel's, product and TCB of AMD's. */
  readonly platform: Claims;
}

/**
 * Judges evidence by a policy. Never throws on anything in the bytes or the collateral: that is
 * what verdicts are for.
 */
export async function getVerdict(
  bytes: Uint8Array,
  options: VerifyOptions & { readonly policy: Policy },
): Promise<Verdict> {
  try {
    const evidence = await verifyEvidence(bytes, options);
    return judged(evidence, options.policy);
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    const refused = rejection(teeOf(bytes), error.code, error.message);
    if (error.code !== "COLLATERAL_MISSING") return refused;
    return { ...refused, evidence: "incomplete", ...(await signedFacts(bytes, options)) };
  }
}

function judged(evidence: Evidence, policy: Policy): Verdict {
  const reasons = applyPolicy(evidence, policy);
  const tcb = "tcb" in evidence && "status" in evidence.tcb ? evidence.tcb : null;
  return {
    tee: evidence.tee,
    evidence: "valid",
    status: tcb?.status ?? null,
    debug: evidence.debug,
    advisories: tcb?.advisories ?? [],
    policy: reasons.length === 0 ? "accepted" : "rejected",
    reasons: reasons.map(({ code, message }) => `${code}: ${message}`),
    code: reasons[0]?.code ?? null,
    measurement:
      evidence.tee === "simulation"
        ? simulationClaims(evidence.quote)
        : measurementClaims(evidence.report),
    reportData: toHex(evidence.reportData),
    expiresAt: evidence.expiresAt === null ? null : new Date(evidence.expiresAt).toISOString(),
    warnings: warningsOf(evidence, policy),
    platform: platformClaims(evidence),
  };
}

function rejection(tee: Tee | null, code: AttestationCode, message: string): Verdict {
  return {
    tee,
    evidence: "invalid",
    // The one refusal that is itself a status of Intel's.
    status: code === "TCB_REVOKED" ? "Revoked" : null,
    debug: null,
    advisories: [],
    policy: "rejected",
    reasons: [`${code}: ${message}`],
    code,
    measurement: {},
    reportData: null,
    expiresAt: null,
    warnings: [],
    platform: {},
  };
}

/**
 * Without collateral a DCAP quote can still be traced to the pinned root; a SEV-SNP report cannot.
 */
async function signedFacts(bytes: Uint8Array, options: VerifyOptions): Promise<Partial<Verdict>> {
  const tee = teeOf(bytes);
  if (tee !== "sgx" && tee !== "tdx") return {};
  try {
    const { quote, platform } = await verifyDcapSignatures(bytes, options);
    return {
      debug: isDebug(quote.report),
      measurement: measurementClaims(quote.report),
      reportData: toHex(quote.report.reportData),
      platform: { fmspc: platform.fmspc, ppid: platform.ppid, issuer: platform.issuer },
    };
  } catch (error) {
    // Certification types 1 to 3 carry no chain, so without collateral nothing could be traced.
    if (isAttestationError(error) && error.code === "COLLATERAL_MISSING") return {};
    throw error;
  }
}

function warningsOf(evidence: Evidence, policy: Policy): string[] {
  if (evidence.tee === "simulation") {
    return ["SIMULATED TEE: anybody can make such a quote; it proves nothing about hardware"];
  }
  const own = evidence.tee === "sev-snp" ? policy.sevSnp : policy[evidence.tee];
  const warnings: string[] = [];
  if (policy === HARDWARE_ONLY_POLICY || own?.measurements === "any") {
    warnings.push("the policy names no measurement: any code on such hardware is accepted");
  }
  if (evidence.tee === "sev-snp" && !evidence.revocationChecked) {
    warnings.push("no revocation list of AMD's was given: revocation was not checked");
  }
  if (policy.reportData === null) {
    warnings.push("report data was not compared: the quote is bound to no key or request yet");
  }
  return warnings;
}

function platformClaims(evidence: Evidence): Claims {
  switch (evidence.tee) {
    case "simulation":
      return {};
    case "sev-snp": {
      const { fmc, bootloader, tee, snp, microcode } = evidence.tcb.reported;
      const tcb = { bootloader, tee, snp, microcode, ...(fmc === null ? {} : { fmc }) };
      const provider = evidence.provider === null ? {} : { provider: evidence.provider };
      return {
        product: evidence.product,
        ...provider,
        ...tcb,
        chipId: toHex(evidence.report.chipId),
      };
    }
    default: {
      const { fmspc, ppid, issuer } = evidence.platform;
      const { platformStatus, qeStatus, moduleStatus, tcbDate, evaluationNumber } = evidence.tcb;
      const module = moduleStatus === null ? {} : { tdxModuleStatus: moduleStatus };
      const tcb = { platformStatus, qeStatus, ...module, tcbDate, evaluationNumber };
      return { fmspc, ppid, issuer, ...tcb };
    }
  }
}
