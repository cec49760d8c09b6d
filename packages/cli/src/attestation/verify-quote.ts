// SPDX-License-Identifier: Apache-2.0
import { readCollateralPath, readQuoteFile } from "@zeta/attestation/collateral-files";
import { type AttestationError, isAttestationError } from "@zeta/attestation/error";
import { type Collateral, teeOf } from "@zeta/attestation/evidence";
import { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
import { parseServicePolicyFile, type ServicePolicyRules } from "@zeta/attestation/policy-file";
import { formatVerdict } from "@zeta/attestation/report";
import { getVerdict, type Verdict } from "@zeta/attestation/verdict";
import { EXIT, type ExitCode, oneLine } from "../exit.ts";
import { print, printJson } from "../output/console.ts";
import { readNamed, readPolicyWith } from "./attestation-files.ts";

export interface VerifyQuoteOptions {
  readonly quote: string;
  readonly collateral: string | null;
  /** The moment at which certificates and collateral must be in force. */
  readonly at: Date;
  readonly policy: string | null;
  readonly json: boolean;
}

/** Genuine and up-to-date Intel hardware, running any code. */
const UNASKED_RULES: ServicePolicyRules = { policy: HARDWARE_ONLY_POLICY, monitors: null };

const UNASKED =
  "No --policy: genuine, up-to-date Intel hardware is asked for, running any code; no SEV-SNP, no simulation.";

const UNJUDGED_MONITORS =
  "the policy's monitors are not judged by a quote alone: zeta get and zeta verify do that";

/** `zeta attestation verify`: prints the verdict on a quote. Success only when the policy accepts it. */
export async function verifyQuote(options: VerifyQuoteOptions): Promise<ExitCode> {
  // Files first, so that a wrong name is bad usage whatever the other files contain.
  const { policy, monitors } =
    options.policy === null
      ? UNASKED_RULES
      : await readPolicyWith(options.policy, parseServicePolicyFile);
  const quote = await content("--quote", options.quote, readQuoteFile);
  const collateral = await givenCollateral(options.collateral);
  const judged =
    quote instanceof Error
      ? refused(null, quote)
      : collateral instanceof Error
        ? refused(quote, collateral)
        : await getVerdict(quote, { at: options.at, collateral, policy });
  // A quote binds the monitor only in a hash over the service's key, which stands in its document.
  const verdict =
    monitors === null ? judged : { ...judged, warnings: [...judged.warnings, UNJUDGED_MONITORS] };
  if (options.json) printJson(verdict);
  else printVerdict(verdict, options);
  return verdict.policy === "accepted" ? EXIT.success : EXIT.negative;
}

async function givenCollateral(path: string | null): Promise<Collateral | AttestationError | null> {
  return path === null ? null : content("--collateral", path, readCollateralPath);
}

/** What a file says is evidence and gets a verdict, also when it says nonsense. */
async function content<T>(
  option: string,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T | AttestationError> {
  try {
    return await readNamed(option, path, read);
  } catch (error) {
    if (isAttestationError(error)) return error;
    throw error;
  }
}

/** The verdict on files that are not even read as what they should be. */
function refused(quote: Uint8Array | null, { code, message }: AttestationError): Verdict {
  return {
    tee: quote === null ? null : teeOf(quote),
    evidence: "invalid",
    status: null,
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

function printVerdict(verdict: Verdict, { at, policy }: VerifyQuoteOptions): void {
  // Reasons quote foreign text, which must not be able to look like a line of ours.
  const reasons = verdict.reasons.map(oneLine);
  print(formatVerdict({ ...verdict, reasons }).trimEnd());
  print(`  judged at  ${at.toISOString()}`);
  if (policy === null) print(UNASKED);
}
