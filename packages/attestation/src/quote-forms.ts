// SPDX-License-Identifier: Apache-2.0
/**
 * One quote has many forms: nobody signed the padding of the kernel's buffer or how the
 * certificates are written, and an ECDSA signature of (r, s) has a twin (r, -s). Who stores quotes
 * tells them apart by what the TEE signed.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { parseQuote } from "./dcap/quote.ts";
import { teeOf } from "./evidence.ts";
import { SNP_SIGNED_BYTES } from "./snp/snp-report.ts";

/** The quote without padding. Throws what parsing throws; says nothing about validity. */
export function withoutPadding(quote: Uint8Array): Uint8Array {
  return isDcap(quote) ? parseQuote(quote).bytes : quote;
}

/** Are these two forms of one quote? Throws what parsing throws; says nothing about validity. */
export function isSameQuote(a: Uint8Array, b: Uint8Array): boolean {
  return teeOf(a) === teeOf(b) && equalBytes(signedPart(a), signedPart(b));
}

function signedPart(quote: Uint8Array): Uint8Array {
  if (isDcap(quote)) return parseQuote(quote).signedBytes;
  return teeOf(quote) === "sev-snp" ? quote.subarray(0, SNP_SIGNED_BYTES) : quote;
}

function isDcap(quote: Uint8Array): boolean {
  const tee = teeOf(quote);
  return tee === "sgx" || tee === "tdx";
}
