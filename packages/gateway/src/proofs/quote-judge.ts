// SPDX-License-Identifier: Apache-2.0

import type { Collateral } from "@zeta/attestation/evidence";
import type { Policy } from "@zeta/attestation/policy";
import type { Tee } from "@zeta/attestation/tee";
import { getVerdict } from "@zeta/attestation/verdict";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";

/** What a quote says that the policy accepts. */
export interface JudgedQuote {
  readonly tee: Tee;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** Judges a quote by the skeptic's policy. Throws a ZetaError with an attestation code. */
export type QuoteJudge = (quote: Uint8Array) => Promise<JudgedQuote>;

export interface JudgeOptions {
  readonly policy: Policy;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What is needed beside a hardware quote; null when there is nothing. */
  readonly collateralOf?: (quote: Uint8Array) => Promise<Collateral | null>;
}

/** A judge by the attestation package. */
export function quoteJudge(options: JudgeOptions): QuoteJudge {
  return async (quote) => {
    const verdict = await getVerdict(quote, {
      policy: options.policy,
      at: new Date(options.now()),
      collateral: (await options.collateralOf?.(quote)) ?? null,
    });
    const { tee, reportData } = verdict;
    if (verdict.policy === "accepted" && tee !== null && reportData !== null) {
      return { tee, reportData: fromHex(reportData) };
    }
    throw new ZetaError(verdict.code ?? "QUOTE_MALFORMED", verdict.reasons.join("; "));
  };
}
