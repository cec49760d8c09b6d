// SPDX-License-Identifier: Apache-2.0
/**
 * What a relying party accepts. Evidence says what runs where; a policy says whether that is good
 * enough. Every list is closed: what it does not name is refused. Debug is refused unless allowed
 * by name.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { SGX_FLAG } from "./dcap/sgx-report.ts";
import type { TcbStatus } from "./dcap/tcb-status.ts";
import { TD_ATTRIBUTE, type TdReport } from "./dcap/td-report.ts";
import type { AttestationCode } from "./error.ts";
import type { Evidence, SgxEvidence, SnpEvidence, TdxEvidence } from "./evidence.ts";
import { SNP_PLATFORM, SNP_POLICY } from "./snp/snp-report.ts";
import { reachesTcb, type SnpTcb } from "./snp/snp-tcb.ts";
import type { SnpProduct } from "./trust-anchors.ts";

export interface Policy {
  readonly allowSimulation: boolean;
  /** Null: no evidence of this TEE is accepted. */
  readonly sgx: SgxPolicy | null;
  readonly tdx: TdxPolicy | null;
  readonly sevSnp: SnpPolicy | null;
  /** All 64 bytes, or null if the caller checks the binding itself. */
  readonly reportData: Uint8Array | null;
}

interface CommonPolicy<Measurement> {
  /** Acceptable code. `"any"` accepts whatever runs: only for looking at hardware. */
  readonly measurements: readonly Measurement[] | "any";
  readonly allowDebug: boolean;
  /**
   * Lower-case hex of the platforms (PPID, platform instance id, CHIP_ID) that are accepted, or
   * null for every one.
   */
  readonly platforms: readonly string[] | null;
}

interface DcapPolicy<Measurement> extends CommonPolicy<Measurement> {
  readonly statuses: readonly TcbStatus[];
  /** Intel security advisories that may stand open. */
  readonly advisories: readonly string[];
  /**
   * Collateral of an older TCB evaluation is refused: genuine, unexpired collateral can be replayed
   * for weeks.
   */
  readonly minimumEvaluationNumber: number;
}

/**
 * The enclave itself, or its signer with product and minimum version. Members that are null are not
 * compared.
 */
export interface SgxMeasurement {
  readonly mrEnclave: Uint8Array | null;
  readonly mrSigner: Uint8Array | null;
  readonly productId: number | null;
  readonly minimumSecurityVersion: number;
}

export type SgxPolicy = DcapPolicy<SgxMeasurement>;

/** Members that are null are not compared. */
export interface TdxMeasurement {
  readonly mrTd: Uint8Array;
  readonly rtmrs: readonly (Uint8Array | null)[];
  readonly mrConfigId: Uint8Array | null;
  readonly mrOwner: Uint8Array | null;
  readonly mrOwnerConfig: Uint8Array | null;
}

export interface TdxPolicy extends DcapPolicy<TdxMeasurement> {
  /** Azure's paravisor leaves it off; elsewhere a TD without it can be confused by its host. */
  readonly requireSeptVeDisable: boolean;
  /** Accepted MRSERVICETD values besides zero (none bound). */
  readonly serviceTds: readonly Uint8Array[];
}

/** Members that are null are not compared. */
export interface SnpMeasurement {
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array | null;
  readonly idKeyDigest: Uint8Array | null;
  readonly authorKeyDigest: Uint8Array | null;
  readonly minimumGuestSvn: number;
}

export interface SnpPolicy extends CommonPolicy<SnpMeasurement> {
  /** AMD has no status service: without a floor for its product nothing is accepted. */
  readonly minimumTcb: Readonly<Partial<Record<SnpProduct, SnpTcb>>>;
  readonly vmpls: readonly number[];
  readonly allowMigrationAgent: boolean;
  readonly allowMaskedChipId: boolean;
  readonly requireRevocationCheck: boolean;
  /** The boot firmware's check against aliased memory (AMD-SB-3015). */
  readonly requireAliasCheck: boolean;
}

export interface PolicyReason {
  readonly code: AttestationCode;
  /** "expected X, got Y". */
  readonly message: string;
}

const HARDWARE_ONLY = {
  measurements: "any",
  allowDebug: false,
  platforms: null,
  statuses: ["UpToDate"],
  advisories: [],
  minimumEvaluationNumber: 0,
} as const;

/**
 * Genuine, up-to-date, production-mode Intel hardware running *any* code: what can be said without
 * knowing whose code is expected. It accepts no SEV-SNP, whose minimum TCB somebody must name, and
 * no simulation.
 */
export const HARDWARE_ONLY_POLICY: Policy = Object.freeze({
  allowSimulation: false,
  sgx: HARDWARE_ONLY,
  tdx: { ...HARDWARE_ONLY, requireSeptVeDisable: false, serviceTds: [] },
  sevSnp: null,
  reportData: null,
} satisfies Policy);

/** Every reason why the evidence is not acceptable; none means it is. */
export function applyPolicy(evidence: Evidence, policy: Policy): PolicyReason[] {
  const reasons: PolicyReason[] = [];
  const demand: Demand = (holds, code, message) => {
    if (!holds) reasons.push({ code, message });
  };
  if (policy.reportData !== null) {
    const [expected, got] = [toHex(policy.reportData), toHex(evidence.reportData)];
    const message = `expected report data ${expected}, got ${got}`;
    demand(expected === got, "REPORT_DATA_MISMATCH", message);
  }
  switch (evidence.tee) {
    case "simulation":
      demand(
        policy.allowSimulation,
        "SIMULATION_NOT_ALLOWED",
        "expected hardware, got a simulation",
      );
      break;
    case "sgx":
      applyTo(policy.sgx, evidence, demand, applySgx);
      break;
    case "tdx":
      applyTo(policy.tdx, evidence, demand, applyTdx);
      break;
    case "sev-snp":
      applyTo(policy.sevSnp, evidence, demand, applySnp);
      break;
  }
  return reasons;
}

type Demand = (holds: boolean, code: AttestationCode, message: string) => void;

function applyTo<E extends Evidence, P extends { readonly allowDebug: boolean }>(
  policy: P | null,
  evidence: E,
  demand: Demand,
  apply: (evidence: E, policy: P, demand: Demand) => void,
): void {
  if (policy === null) {
    const message = `expected a TEE the policy speaks of, got ${evidence.tee}`;
    demand(false, "TEE_NOT_ALLOWED", message);
    return;
  }
  const debugOk = policy.allowDebug || !evidence.debug;
  demand(debugOk, "DEBUG_NOT_ALLOWED", "expected production mode, got debug: the host sees all");
  apply(evidence, policy, demand);
}

function applyDcap(
  evidence: SgxEvidence | TdxEvidence,
  policy: DcapPolicy<unknown>,
  demand: Demand,
): void {
  const { tcb, platform } = evidence;
  const statuses = policy.statuses.join("|");
  const message = `expected TCB status ${statuses}, got ${tcb.status}`;
  demand(policy.statuses.includes(tcb.status), "STATUS_NOT_ALLOWED", message);
  for (const advisory of tcb.advisories) {
    const open = `expected no open advisory but the allowed ones, got ${advisory}`;
    demand(policy.advisories.includes(advisory), "ADVISORY_NOT_ALLOWED", open);
  }
  const floor = policy.minimumEvaluationNumber;
  const evaluation = `expected TCB evaluation ${floor} or later, got ${tcb.evaluationNumber}`;
  demand(tcb.evaluationNumber >= floor, "EVALUATION_TOO_OLD", evaluation);
  requirePlatform([platform.ppid, platform.platformInstanceId], policy.platforms, demand);
}

function requirePlatform(
  ids: readonly (string | null)[],
  allowed: readonly string[] | null,
  demand: Demand,
): void {
  const known = allowed === null || ids.some((id) => id !== null && allowed.includes(id));
  demand(
    known,
    "PLATFORM_NOT_ALLOWED",
    `expected a listed platform, got ${ids[0] ?? "a masked one"}`,
  );
}

function requireMeasurement<M>(
  allowed: readonly M[] | "any",
  matches: (one: M) => boolean,
  got: string,
  demand: Demand,
): void {
  const holds = allowed === "any" || allowed.some(matches);
  const message = `expected one of ${allowed.length} allowed measurements, got ${got}`;
  demand(holds, "MEASUREMENT_NOT_ALLOWED", message);
}

function fits(value: Uint8Array, allowed: Uint8Array | null | undefined): boolean {
  return allowed === null || allowed === undefined || equalBytes(value, allowed);
}

function applySgx(evidence: SgxEvidence, policy: SgxPolicy, demand: Demand): void {
  const { report } = evidence;
  applyDcap(evidence, policy, demand);
  const keys = (report.flags & (SGX_FLAG.provisionKey | SGX_FLAG.initTokenKey)) === 0n;
  const message = "expected an enclave without access to provisioning or launch keys";
  demand(keys, "ATTRIBUTES_NOT_ALLOWED", message);
  const matches = (one: SgxMeasurement): boolean =>
    // A measurement that names neither enclave nor signer would match everything.
    (one.mrEnclave !== null || one.mrSigner !== null) &&
    fits(report.mrEnclave, one.mrEnclave) &&
    fits(report.mrSigner, one.mrSigner) &&
    (one.productId === null || report.productId === one.productId) &&
    report.securityVersion >= one.minimumSecurityVersion;
  requireMeasurement(policy.measurements, matches, `MRENCLAVE ${toHex(report.mrEnclave)}`, demand);
}

function applyTdx(evidence: TdxEvidence, policy: TdxPolicy, demand: Demand): void {
  const { report } = evidence;
  applyDcap(evidence, policy, demand);
  const septVe = (report.attributeBits & TD_ATTRIBUTE.septVeDisable) !== 0n;
  const septMessage = "expected SEPT_VE_DISABLE in TDATTRIBUTES, got none";
  demand(septVe || !policy.requireSeptVeDisable, "ATTRIBUTES_NOT_ALLOWED", septMessage);
  requireServiceTd(report, policy.serviceTds, demand);
  const matches = (one: TdxMeasurement): boolean =>
    fits(report.mrTd, one.mrTd) &&
    report.rtmrs.every((rtmr, index) => fits(rtmr, one.rtmrs[index])) &&
    fits(report.mrConfigId, one.mrConfigId) &&
    fits(report.mrOwner, one.mrOwner) &&
    fits(report.mrOwnerConfig, one.mrOwnerConfig);
  requireMeasurement(policy.measurements, matches, `MRTD ${toHex(report.mrTd)}`, demand);
}

/**
 * A report of version 1.0 has no room for the service TD: of a TD that may be migrated it hides who
 * gets the keys to it.
 */
function requireServiceTd(
  { mrServiceTd, attributeBits }: TdReport,
  allowed: readonly Uint8Array[],
  demand: Demand,
): void {
  const code = "SERVICE_TD_NOT_ALLOWED";
  if (mrServiceTd === null) {
    const hidden = "expected a report that names the service TD of a migratable TD, got none";
    demand((attributeBits & TD_ATTRIBUTE.migratable) === 0n, code, hidden);
    return;
  }
  const isBound = mrServiceTd.some((byte) => byte !== 0);
  const known = !isBound || allowed.some((one) => equalBytes(one, mrServiceTd));
  demand(known, code, "expected no service TD but the allowed ones, got another");
}

function applySnp(evidence: SnpEvidence, policy: SnpPolicy, demand: Demand): void {
  const { report } = evidence;
  requireSnpTcb(evidence, policy, demand);
  const migration = (report.policy & SNP_POLICY.migrationAgent) === 0n;
  const agent = "expected a guest without migration agent, got one with";
  demand(migration || policy.allowMigrationAgent, "MIGRATION_NOT_ALLOWED", agent);
  const levels = `expected VMPL ${policy.vmpls.join("|")}, got ${report.vmpl}`;
  demand(policy.vmpls.includes(report.vmpl), "VMPL_NOT_ALLOWED", levels);
  // A provider's key names no chip, masked or not.
  const isHidden = report.chipIdMasked && report.signingKey === "vcek";
  const masked = "expected the chip's id, got a masked one";
  demand(!isHidden || policy.allowMaskedChipId, "PLATFORM_NOT_ALLOWED", masked);
  const isZero = report.chipId.every((byte) => byte === 0);
  requirePlatform([isZero ? null : toHex(report.chipId)], policy.platforms, demand);
  const checked = evidence.revocationChecked || !policy.requireRevocationCheck;
  demand(
    checked,
    "CRL_MISSING",
    "expected AMD's revocation list beside the certificates, got none",
  );
  const aliasChecked = (report.platformInfo & SNP_PLATFORM.aliasCheckComplete) !== 0n;
  const alias = "expected a platform that checked for aliased memory, got one that did not";
  demand(aliasChecked || !policy.requireAliasCheck, "ATTRIBUTES_NOT_ALLOWED", alias);
  const matches = (one: SnpMeasurement): boolean =>
    fits(report.measurement, one.measurement) &&
    fits(report.hostData, one.hostData) &&
    fits(report.idKeyDigest, one.idKeyDigest) &&
    fits(report.authorKeyDigest, one.authorKeyDigest) &&
    report.guestSvn >= one.minimumGuestSvn;
  requireMeasurement(
    policy.measurements,
    matches,
    `MEASUREMENT ${toHex(report.measurement)}`,
    demand,
  );
}

/** The floor holds for what the platform reports now and for what the guest was launched under. */
function requireSnpTcb(evidence: SnpEvidence, policy: SnpPolicy, demand: Demand): void {
  const floor = policy.minimumTcb[evidence.product];
  if (floor === undefined) {
    const message = `expected a minimum TCB for ${evidence.product} in the policy, got none`;
    demand(false, "TCB_FLOOR_MISSING", message);
    return;
  }
  for (const which of ["reported", "launch"] as const) {
    const message = `expected a ${which} TCB of at least the policy's, got a lower one`;
    demand(reachesTcb(evidence.tcb[which], floor), "TCB_TOO_OLD", message);
  }
}
