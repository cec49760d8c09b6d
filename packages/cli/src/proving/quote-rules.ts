// SPDX-License-Identifier: Apache-2.0
import { readCollateralPath } from "@zeta/attestation/collateral-files";
import { isAttestationError } from "@zeta/attestation/error";
import type { Collateral } from "@zeta/attestation/evidence";
import type { Policy } from "@zeta/attestation/policy";
import { parsePolicyFile } from "@zeta/attestation/policy-file";
import type { ProverApiConfig } from "@zeta/prover-api/config";
import {
  type JudgeOptions,
  policyQuoteJudge,
  type QuoteJudge,
  simulationOnly,
} from "@zeta/prover-api/quote-judge";
import { readNamed, readPolicyWith } from "../attestation/attestation-files.ts";
import { oneLine, usageError } from "../exit.ts";
import { note } from "../output/console.ts";

export interface QuoteRules {
  readonly policy: Policy;
  readonly judge: QuoteJudge;
}

const KEYS = { policy: "attestation.policyFile", collateral: "attestation.collateral" } as const;

/**
 * By a policy file hardware quotes can be registered; without one at most simulated ones. The files of
 * the configuration's `attestation` are read at once, so that what is wrong with them is said at the start.
 *
 * @throws ZetaError `usage`, naming the member.
 * @example
 * const { judge } = await readQuoteRules({ policyFile: "policy.yaml", collateral: "collateral.json" });
 */
export async function readQuoteRules(
  attestation: ProverApiConfig["attestation"] = {},
  ports: Pick<JudgeOptions, "now" | "anchors"> = { now: Date.now },
): Promise<QuoteRules> {
  const { policyFile, collateral: path, allowSimulation } = attestation;
  if (path !== undefined && policyFile === undefined) {
    throw usageError(`${KEYS.collateral}: expected ${KEYS.policy} beside it, got none`);
  }
  const read =
    policyFile === undefined
      ? simulationOnly(false)
      : await readPolicyWith(policyFile, parsePolicyFile, KEYS.policy);
  const policy = { ...read, allowSimulation: allowSimulation ?? read.allowSimulation };
  const collateralOf = path === undefined ? null : await followCollateral(path);
  const judge = policyQuoteJudge({ policy, ...ports, ...(collateralOf && { collateralOf }) });
  return { policy, judge };
}

/**
 * Collateral grows old while a server runs: it is read again for each quote, so that replacing the
 * file is enough. While it cannot be read the last one serves, which the verifier dates anyway.
 */
async function followCollateral(path: string): Promise<() => Promise<Collateral>> {
  let last = await readCollateral(path);
  return async () => {
    try {
      last = await readCollateral(path);
    } catch (error) {
      note(`${oneLine(String(error))}; the one read before is used`);
    }
    return last;
  };
}

async function readCollateral(path: string): Promise<Collateral> {
  try {
    return await readNamed(KEYS.collateral, path, readCollateralPath);
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    throw usageError(`${KEYS.collateral} ${path}: ${error.message}`, error);
  }
}
