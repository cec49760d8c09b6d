// SPDX-License-Identifier: Apache-2.0
/** Trust from the files in which people keep it: a policy of their own, and what Intel or AMD say about the platform. */
import { collateralFromFiles } from "@zeta/attestation/named-collateral";
import { parseServicePolicyFile, type ServicePolicyRules } from "@zeta/attestation/policy-file";
import type { HardwareTrust, Trust } from "./trust.ts";

export interface TrustFiles {
  /** Text of a policy about services, in YAML or JSON. */
  readonly policy: string;
  /** By file name: nothing, one `.json` for SGX and TDX, or the certificates of SEV-SNP (docs/attestation.md). */
  readonly collateral?: ReadonlyMap<string, Uint8Array>;
}

/**
 * What the files say, for a page where somebody chose them.
 *
 * @example
 * const trust = readTrustFiles({ policy: await policyFile.text() });
 * const zeta = await connect(url, { trust });
 *
 * @throws AttestationError `POLICY_MALFORMED`, `COLLATERAL_MALFORMED` or `CERTIFICATE_MALFORMED`.
 */
export function readTrustFiles({ policy, collateral }: TrustFiles): Trust {
  const rules = parseServicePolicyFile(policy);
  const isNone = collateral === undefined || collateral.size === 0;
  return trustFromPolicy(rules, isNone ? {} : { collateral: collateralFromFiles(collateral) });
}

/** A policy is all that is trusted: simulated quotes and monitors as well as hardware are as it says. */
export function trustFromPolicy(
  { policy, monitors }: ServicePolicyRules,
  hardware: Omit<HardwareTrust, "policy">,
): Trust {
  return {
    simulation: policy.allowSimulation,
    ...(monitors === null ? {} : { measurements: monitors }),
    hardware: { policy, ...hardware },
  };
}
