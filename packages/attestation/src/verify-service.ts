// SPDX-License-Identifier: Apache-2.0
/**
 * What a client checks before it believes a service's key: quote, binding, instance, measurement,
 * in this order.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { instanceIdOf } from "@zeta/protocol/instance";
import { type AttestationCode, isAttestationError, refuse } from "./error.ts";
import { type Collateral, type VerifyOptions, verifyEvidence } from "./evidence.ts";
import { applyPolicy, type Policy } from "./policy.ts";
import { type Purpose, reportDataV2 } from "./report-data.ts";
import type { ServiceAttestation } from "./service-attestation.ts";
import { verifySimulationQuote } from "./simulation.ts";
import { snpCollateralFromTable } from "./snp/snp-collateral.ts";
import { isSnpReport, parseSnpReport } from "./snp/snp-report.ts";

export interface ServicePolicy {
  /**
   * Accept simulated quotes, which anybody can make. For trying things out, never for production.
   */
  readonly allowSimulation: boolean;
  /**
   * SHA-256 of every monitor module that is acceptable, 32 bytes each. An empty list accepts none.
   */
  readonly measurements: readonly Uint8Array[];
  /** What the key is going to be trusted for; `service` unless said. */
  readonly purpose?: Purpose;
  /**
   * Which hardware evidence is acceptable, with the time and collateral to judge it by. Without it
   * none is. Where the collateral is null, the certificates in a SEV-SNP document are taken, which
   * come without a revocation list.
   */
  readonly hardware?: VerifyOptions & { readonly policy: Policy };
}

export type ServiceStepName = "quote" | "report-data" | "instance" | "measurement";

export interface ServiceStep {
  readonly name: ServiceStepName;
  readonly ok: boolean;
  /** One line for people. */
  readonly detail: string;
}

export interface ServiceVerdict {
  readonly ok: boolean;
  /** In order of checking; the last one is the one that failed, if one did. */
  readonly steps: readonly ServiceStep[];
  /** Null when everything held. */
  readonly code: AttestationCode | null;
}

/**
 * Judges a service's attestation document. Never throws on anything the document says; a refusal is
 * a verdict with a code. Asynchronous because hardware signatures are checked by the platform's
 * cryptography.
 */
export async function verifyServiceAttestation(
  document: ServiceAttestation,
  policy: ServicePolicy,
): Promise<ServiceVerdict> {
  const steps: ServiceStep[] = [];
  let reportData = new Uint8Array(0);
  const checks: readonly [ServiceStepName, () => string | Promise<string>][] = [
    [
      "quote",
      async () => {
        const quote = await verifyQuoteOf(document, policy);
        reportData = Uint8Array.from(quote.reportData);
        return quote.detail;
      },
    ],
    ["report-data", () => checkReportData(document, reportData, policy.purpose ?? "service")],
    ["instance", () => checkInstance(document)],
    ["measurement", () => checkMeasurement(document, policy)],
  ];
  for (const [name, check] of checks) {
    try {
      steps.push({ name, ok: true, detail: await check() });
    } catch (error) {
      if (!isAttestationError(error)) throw error;
      steps.push({ name, ok: false, detail: error.message });
      return { ok: false, steps, code: error.code };
    }
  }
  return { ok: true, steps, code: null };
}

interface QuoteFacts {
  readonly reportData: Uint8Array;
  readonly detail: string;
}

async function verifyQuoteOf(
  document: ServiceAttestation,
  policy: ServicePolicy,
): Promise<QuoteFacts> {
  return document.tee === "simulation"
    ? verifySimulated(document, policy)
    : verifyHardware(document, policy);
}

function verifySimulated(document: ServiceAttestation, policy: ServicePolicy): QuoteFacts {
  if (!policy.allowSimulation) {
    refuse("SIMULATION_NOT_ALLOWED", "expected a hardware quote, got a simulated one");
  }
  const quote = verifySimulationQuote(document.quote);
  if (!equalBytes(quote.measurement, document.measurement)) {
    refuse("MEASUREMENT_MISMATCH", "expected the quote to measure the document's monitor module");
  }
  return {
    reportData: quote.reportData,
    detail: "SIMULATED TEE: signed by a throw-away key; proves nothing about hardware",
  };
}

/**
 * Hardware measures the enclave or VM around the monitor; the monitor module itself is bound by the
 * report data.
 */
async function verifyHardware(
  document: ServiceAttestation,
  { hardware }: ServicePolicy,
): Promise<QuoteFacts> {
  const { tee } = document;
  if (hardware === undefined) {
    return refuse("TEE_NOT_ALLOWED", `expected a policy for hardware, got none for ${tee}`);
  }
  const collateral = hardware.collateral ?? ownCollateral(document);
  const evidence = await verifyEvidence(document.quote, { ...hardware, collateral });
  if (evidence.tee !== tee)
    refuse("TEE_MISMATCH", `expected a quote of ${tee}, got ${evidence.tee}`);
  const [reason] = applyPolicy(evidence, hardware.policy);
  if (reason !== undefined) refuse(reason.code, reason.message);
  const status = "platform" in evidence ? `, TCB ${evidence.tcb.status}` : "";
  return { reportData: evidence.reportData, detail: `genuine ${tee} hardware${status}` };
}

/** The certificates are anybody's: they count only because they must lead to AMD's pinned keys. */
function ownCollateral({ quote, certificates }: ServiceAttestation): Collateral | null {
  if (certificates === undefined || !isSnpReport(quote)) return null;
  return snpCollateralFromTable(certificates, parseSnpReport(quote).signingKey);
}

function checkReportData(
  document: ServiceAttestation,
  reportData: Uint8Array,
  purpose: Purpose,
): string {
  const { publicKey, instanceId, measurement } = document;
  const expected = reportDataV2({ publicKey, instanceId, measurement, purpose });
  if (!equalBytes(reportData, expected)) {
    const got = toHex(reportData);
    refuse("REPORT_DATA_MISMATCH", `expected report data ${toHex(expected)}, got ${got}`);
  }
  return `all 64 bytes bind key, instance, monitor and purpose "${purpose}"`;
}

function checkInstance(document: ServiceAttestation): string {
  const expected = instanceIdOf(document.publicKey);
  if (!equalBytes(document.instanceId, expected)) {
    const got = toHex(document.instanceId);
    refuse("INSTANCE_MISMATCH", `expected instance ${toHex(expected)}, got ${got}`);
  }
  return `instance ${toHex(expected)} is the one of this key`;
}

function checkMeasurement(document: ServiceAttestation, policy: ServicePolicy): string {
  const measurement = toHex(document.measurement);
  if (!policy.measurements.some((allowed) => equalBytes(allowed, document.measurement))) {
    const count = policy.measurements.length;
    refuse(
      "MEASUREMENT_NOT_ALLOWED",
      `expected one of ${count} allowed monitors, got ${measurement}`,
    );
  }
  return `monitor module ${measurement} is allowed`;
}
