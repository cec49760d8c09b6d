// SPDX-License-Identifier: Apache-2.0
import { readQuoteFile } from "@zeta/attestation/collateral-files";
import { describeQuote, formatDescription } from "@zeta/attestation/report";
import { print, printJson } from "../output/console.ts";
import { readNamed } from "./attestation-files.ts";

/** `zeta attestation show`: prints what a quote says about itself. Throws an `AttestationError` on what is none. */
export async function showQuote(path: string, json: boolean): Promise<void> {
  const description = describeQuote(await readNamed("--quote", path, readQuoteFile));
  if (json) printJson({ verified: false, ...description });
  else print(formatDescription(description).trimEnd());
}
