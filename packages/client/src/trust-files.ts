// SPDX-License-Identifier: Apache-2.0
/** Trust from the files in which people keep it: a policy of their own, and what Intel or AMD say about the platform. */
import { dcapCollateralFromText } from "@zeta/attestation/dcap/collateral";
import { refuse } from "@zeta/attestation/error";
import { parseServicePolicyFile, type ServicePolicyRules } from "@zeta/attestation/policy-file";
import { snpCollateralFromPem } from "@zeta/attestation/snp/snp-collateral";
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

function collateralFromFiles(files: ReadonlyMap<string, Uint8Array>) {
  const [name, bytes] = [...files][0] ?? [];
  if (files.size === 1 && name?.endsWith(".json") && bytes !== undefined) {
    return dcapCollateralFromText(textOf(name, bytes));
  }
  const known = new Set(["vcek.pem", "vlek.pem", "ask.pem", "ark.pem", "crl.der"]);
  const other = [...files.keys()].find((file) => !known.has(file));
  if (other !== undefined) {
    refuse("COLLATERAL_MALFORMED", `expected one .json file, or ${list(known)}; got ${other}`);
  }
  const pem = (...names: string[]) => {
    const found = names.find((file) => files.has(file));
    const content = found === undefined ? undefined : files.get(found);
    if (found !== undefined && content !== undefined) return textOf(found, content);
    const expected = `expected ${names.join(" or ")} among the files`;
    return refuse("COLLATERAL_MALFORMED", `${expected}, got ${list(files.keys())}`);
  };
  const crl = files.get("crl.der");
  return snpCollateralFromPem({
    vek: pem("vcek.pem", "vlek.pem"),
    ask: pem("ask.pem"),
    ark: pem("ark.pem"),
    ...(crl === undefined ? {} : { crl }),
  });
}

function list(names: Iterable<string>): string {
  return [...names].join(", ");
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return refuse("COLLATERAL_MALFORMED", `expected text in ${name}, got other bytes`, error);
  }
}
