// SPDX-License-Identifier: Apache-2.0
/** Reads a policy from YAML (or JSON, which is YAML). */

import { fromHex } from "@zeta/protocol/hex";
import { Value } from "typebox/value";
import { parse, type ScalarTag, type Tags } from "yaml";
import { refuse } from "./error.ts";
import { POLICY_BYTES_MAX } from "./limits.ts";
import type { Policy, SgxPolicy, SnpPolicy, TdxPolicy } from "./policy.ts";
import {
  POLICY_SCHEMA,
  type PolicyFile,
  SERVICE_POLICY_SCHEMA,
  type ServicePolicyFile,
} from "./policy-schema.ts";
import type { SnpTcb } from "./snp/snp-tcb.ts";

/**
 * @example
 * const policy = parsePolicyFile("version: 1\nsgx:\n  measurements:\n    - mrEnclave: " +
 * mrEnclave);
 *
 * @throws AttestationError `POLICY_MALFORMED`, naming the member that is wrong.
 */
export function parsePolicyFile(text: string): Policy {
  return policyOf(validated(POLICY_SCHEMA, parsedYaml(text)));
}

export interface ServicePolicyRules {
  readonly policy: Policy;
  /** SHA-256 of the acceptable monitor modules, lower-case hex; null if the file does not say. */
  readonly monitors: readonly string[] | null;
}

/**
 * A policy about services: the same, and `monitors`. A quote alone says nothing that could be held
 * against `monitors`, which is why {@link parsePolicyFile} refuses the member.
 *
 * @throws AttestationError `POLICY_MALFORMED`, naming the member that is wrong.
 */
export function parseServicePolicyFile(text: string): ServicePolicyRules {
  const { monitors, ...file } = validated(SERVICE_POLICY_SCHEMA, parsedYaml(text));
  return { policy: policyOf(file), monitors: monitors ?? null };
}

function policyOf(file: PolicyFile): Policy {
  return {
    allowSimulation: file.allowSimulation ?? false,
    reportData: optionalBytes(file.reportData),
    sgx: file.sgx === undefined ? null : sgxPolicy(file.sgx),
    tdx: file.tdx === undefined ? null : tdxPolicy(file.tdx),
    sevSnp: file.sevSnp === undefined ? null : snpPolicy(file.sevSnp),
  };
}

/**
 * Plain decimal integers are the only numbers. YAML's own rules would read a measurement such as
 * `0000...` or `12e4...` as a number and lose it.
 */
const DECIMAL: ScalarTag = {
  identify: (value) => typeof value === "number",
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^(?:0|[1-9][0-9]{0,9})$/,
  resolve: Number,
};

function ownNumbers(tags: Tags): Tags {
  const isNumber = (tag: Tags[number]): boolean =>
    typeof tag !== "string" && /:(int|float)$/.test(tag.tag);
  return [...tags.filter((tag) => !isNumber(tag)), DECIMAL];
}

function parsedYaml(text: string): unknown {
  if (text.length > POLICY_BYTES_MAX) {
    refuse("POLICY_MALFORMED", `expected at most ${POLICY_BYTES_MAX} characters of policy`);
  }
  try {
    // Aliases could blow a small file up to a huge one, and no policy needs them.
    return parse(text, {
      strict: true,
      uniqueKeys: true,
      maxAliasCount: 0,
      customTags: ownNumbers,
    });
  } catch (error) {
    const [line = ""] = error instanceof Error ? error.message.split("\n") : [];
    return refuse("POLICY_MALFORMED", `expected YAML: ${line}`, error);
  }
}

// The wider schema first: each schema of a service's policy is one of a quote's, too.
function validated(schema: typeof SERVICE_POLICY_SCHEMA, value: unknown): ServicePolicyFile;
function validated(schema: typeof POLICY_SCHEMA, value: unknown): PolicyFile;
function validated(
  schema: typeof POLICY_SCHEMA | typeof SERVICE_POLICY_SCHEMA,
  value: unknown,
): PolicyFile | ServicePolicyFile {
  if (Value.Check(schema, value)) return value;
  const errors = [...Value.Errors(schema, value)];
  // The deepest complaint names the member best: a union's own "must match a schema" stands above
  // its cause.
  const depth = (path: string): number => path.split("/").length;
  const deepest = Math.max(...errors.map(({ instancePath }) => depth(instancePath)));
  const worst = errors.filter(({ instancePath }) => depth(instancePath) === deepest);
  const path = worst[0]?.instancePath ?? "";
  const where = path === "" ? "the policy" : path.slice(1);
  const what = complaint(worst.filter(({ instancePath }) => instancePath === path));
  return refuse("POLICY_MALFORMED", `expected another value of ${where}: ${what}`);
}

/** What is wrong with one value, in the words of a person who reads the file. */
function complaint(errors: ReturnType<typeof Value.Errors>): string {
  const constants = errors.flatMap((error) =>
    error.keyword === "const" ? [String(error.params.allowedValue)] : [],
  );
  if (constants.length > 0) return `must be ${constants.join(" or ")}`;
  if (errors.some(({ keyword }) => keyword === "boolean")) return "no such member is known";
  return errors[0]?.message ?? "it does not fit";
}

function optionalBytes(hex: string | undefined): Uint8Array | null {
  return hex === undefined ? null : fromHex(hex);
}

type Section<Name extends "sgx" | "tdx" | "sevSnp"> = NonNullable<PolicyFile[Name]>;

function dcapRules(section: Section<"sgx"> | Section<"tdx">) {
  return {
    statuses: section.statuses ?? (["UpToDate"] as const),
    advisories: section.advisories ?? [],
    minimumEvaluationNumber: section.minimumEvaluationNumber ?? 0,
    allowDebug: section.allowDebug ?? false,
    platforms: section.platforms ?? null,
  };
}

function sgxPolicy(section: Section<"sgx">): SgxPolicy {
  const { measurements } = section;
  const any = { mrEnclave: null, mrSigner: null, productId: null, minimumSecurityVersion: 0 };
  return {
    ...dcapRules(section),
    measurements:
      measurements === "any"
        ? "any"
        : measurements.map((one) =>
            "mrEnclave" in one
              ? { ...any, mrEnclave: fromHex(one.mrEnclave) }
              : { ...any, ...one, mrSigner: fromHex(one.mrSigner) },
          ),
  };
}

function tdxPolicy(section: Section<"tdx">): TdxPolicy {
  const { measurements } = section;
  const register = (value: string): Uint8Array | null => (value === "any" ? null : fromHex(value));
  return {
    ...dcapRules(section),
    requireSeptVeDisable: section.requireSeptVeDisable ?? true,
    serviceTds: section.serviceTds?.map((hex) => fromHex(hex)) ?? [],
    measurements:
      measurements === "any"
        ? "any"
        : measurements.map((one) => ({
            mrTd: fromHex(one.mrTd),
            rtmrs: [one.rtmr0, one.rtmr1, one.rtmr2, one.rtmr3].map(register),
            mrConfigId: optionalBytes(one.mrConfigId),
            mrOwner: optionalBytes(one.mrOwner),
            mrOwnerConfig: optionalBytes(one.mrOwnerConfig),
          })),
  };
}

function snpPolicy(section: Section<"sevSnp">): SnpPolicy {
  const { measurements } = section;
  const floors = Object.entries(section.minimumTcb).map(([product, tcb]): [string, SnpTcb] => [
    product,
    { fmc: null, ...tcb },
  ]);
  return {
    measurements:
      measurements === "any"
        ? "any"
        : measurements.map((one) => ({
            measurement: fromHex(one.measurement),
            hostData: optionalBytes(one.hostData),
            idKeyDigest: optionalBytes(one.idKeyDigest),
            authorKeyDigest: optionalBytes(one.authorKeyDigest),
            minimumGuestSvn: one.minimumGuestSvn ?? 0,
          })),
    minimumTcb: Object.fromEntries(floors),
    vmpls: section.vmpls ?? [0],
    allowDebug: section.allowDebug ?? false,
    allowMigrationAgent: section.allowMigrationAgent ?? false,
    allowMaskedChipId: section.allowMaskedChipId ?? false,
    requireRevocationCheck: section.requireRevocationCheck ?? true,
    requireAliasCheck: section.requireAliasCheck ?? false,
    platforms: section.platforms ?? null,
  };
}
