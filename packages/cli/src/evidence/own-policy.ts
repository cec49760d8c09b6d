// SPDX-License-Identifier: Apache-2.0
import { readCollateralPath } from "@zeta/attestation/collateral-files";
import { isAttestationError } from "@zeta/attestation/error";
import { parseServicePolicyFile } from "@zeta/attestation/policy-file";
import type { Trust } from "@zeta/client/trust";
import { trustFromPolicy } from "@zeta/client/trust-files";
import { readNamed, readPolicyWith } from "../attestation/attestation-files.ts";
import { usageError } from "../exit.ts";

export interface OwnPolicy {
  /** File of the policy. */
  readonly policy: string;
  readonly collateral?: string | undefined;
  readonly at?: Date | undefined;
}

/** @throws ZetaError `usage`. */
export async function trustOfOwnPolicy({ policy, collateral, at }: OwnPolicy): Promise<Trust> {
  return trustFromPolicy(await readPolicyWith(policy, parseServicePolicyFile), {
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
