// SPDX-License-Identifier: Apache-2.0
import { isAttestationError } from "@zeta/attestation/error";
import type { Collateral, VerifyOptions } from "@zeta/attestation/evidence";
import type { Policy } from "@zeta/attestation/policy";
import { getVerdict } from "@zeta/attestation/verdict";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import type { TeeType } from "@zeta/tee-api/tee-type";

/** What a quote that satisfies the policy says. */
export interface JudgedQuote {
  readonly tee: TeeType;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** When something the verdict rests on expires; null if nothing does. */
  readonly validUntil: Date | null;
}

/**
 * Verifies a quote and judges it by the server's policy. A port: the collateral of hardware quotes
 * is somebody else's to fetch.
 *
 * @throws ZetaError with an attestation code when the quote is refused; other errors mean that nothing could be decided.
 */
export interface QuoteJudge {
  judge(quote: Uint8Array): Promise<JudgedQuote>;
}

export interface JudgeOptions {
  readonly policy: Policy;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What is needed beside a hardware quote; null when there is nothing. */
  readonly collateralOf?: (quote: Uint8Array) => Promise<Collateral | null>;
  /** Whose signatures end the chains; Intel's and AMD's roots if left out. Tests have their own makers. */
  readonly anchors?: VerifyOptions["anchors"];
}

/** A judge by the attestation package. */
export function policyQuoteJudge(options: JudgeOptions): QuoteJudge {
  return {
    async judge(quote) {
      const verdict = await getVerdict(quote, {
        policy: options.policy,
        at: new Date(options.now()),
        collateral: (await options.collateralOf?.(quote)) ?? null,
        ...(options.anchors !== undefined && { anchors: options.anchors }),
      });
      if (verdict.policy === "rejected" || verdict.tee === null || verdict.reportData === null) {
        throw new ZetaError(verdict.code ?? "QUOTE_MALFORMED", verdict.reasons.join("; "));
      }
      const validUntil = verdict.expiresAt === null ? null : new Date(verdict.expiresAt);
      return { tee: verdict.tee, reportData: fromHex(verdict.reportData), validUntil };
    },
  };
}

/** Nothing but, if at all, simulated quotes: what a server does until it is given a policy for hardware. */
export function simulationOnly(allowSimulation: boolean): Policy {
  return { allowSimulation, sgx: null, tdx: null, sevSnp: null, reportData: null };
}

/** Refused by verification or policy, as opposed to an error of ours. */
export function isRefusedQuote(error: unknown): error is ZetaError {
  return isAttestationError(error);
}
