// SPDX-License-Identifier: Apache-2.0

import type { Collateral } from "@zeta/attestation/evidence";
import type { Policy } from "@zeta/attestation/policy";
import { getVerdict } from "@zeta/attestation/verdict";
import { ZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";

/** Judges a quote by the skeptic's policy and returns the 64 bytes of report data. Throws a ZetaError with an attestation code. */
export type QuoteJudge = (quote: Uint8Array) => Promise<Uint8Array>;

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
    if (verdict.policy === "accepted" && verdict.reportData !== null) {
      return fromHex(verdict.reportData);
    }
    throw new ZetaError(verdict.code ?? "QUOTE_MALFORMED", verdict.reasons.join("; "));
  };
}
