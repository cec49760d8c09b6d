// SPDX-License-Identifier: Apache-2.0
import { readCollateralPath } from "@zeta/attestation/collateral-files";
import { isAttestationError } from "@zeta/attestation/error";
import { parseServicePolicyFile } from "@zeta/attestation/policy-file";
import type { Trust } from "@zeta/client/trust";
import { trustFromPolicy } from "@zeta/client/trust-files";
import { readNamed, readPolicyWith } from "../attestation/attestation-files.ts";
import { usageError } from "../exit.ts";

/** What a skeptic names on the command line. */
export interface TrustOptions {
  /** File of a policy; without it simulated quotes are accepted, and said. */
  readonly policy?: string;
  /** What Intel or AMD say about the platform of a hardware quote. */
  readonly collateral?: string;
  /** The moment by which a hardware quote is judged; now if left out. */
  readonly at?: Date;
}

/**
 * Without a policy: the monitor this release was built with, on any machine. Reports say that simulation was accepted.
 */
export const DEFAULT_TRUST: Trust = Object.freeze({ simulation: true });

/**
 * What these options make of a service acceptable.
 *
 * @throws ZetaError `usage`: a policy that is not understood must not pass for a lenient one.
 */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const { policy: path, collateral, at } = options;
  if (path === undefined) {
    const lost = collateral !== undefined ? "--collateral" : at !== undefined ? "--at" : null;
    if (lost !== null) throw usageError(`${lost}: expected --policy beside it, got none`);
    return DEFAULT_TRUST;
  }
  return trustFromPolicy(await readPolicyWith(path, parseServicePolicyFile), {
    ...(collateral === undefined ? {} : { collateral: await readCollateral(collateral) }),
    ...(at === undefined ? {} : { at }),
  });
}

async function readCollateral(path: string) {
  try {
    return await readNamed("--collateral", path, readCollateralPath);
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    throw usageError(`--collateral ${path}: ${error.message}`, error);
  }
}
