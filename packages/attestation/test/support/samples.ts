// SPDX-License-Identifier: Apache-2.0
/**
 * The real quotes and reports of test/fixtures with what is expected of them. See the PROVENANCE.md
 * beside them.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DcapCollateral, dcapCollateralFromText } from "../../src/dcap/collateral.ts";
import type { Collateral } from "../../src/evidence.ts";
import { type SnpCollateral, snpCollateralFromPem } from "../../src/snp/snp-collateral.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));

export interface ExpectedDcap {
  readonly error?: string;
  readonly status: string;
  readonly platformStatus: string;
  readonly qeStatus: string;
  readonly tdxModuleStatus: string | null;
  readonly advisoryIds: readonly string[];
  readonly tcbDate: string;
  readonly debug: boolean;
}

export interface Sample<C extends Collateral = Collateral> {
  readonly id: string;
  readonly quote: Uint8Array;
  readonly collateral: C | null;
  readonly at: Date;
}

export interface DcapSample extends Sample<DcapCollateral> {
  readonly expected: ExpectedDcap;
  /** Everything else of expected.json. */
  readonly facts: {
    readonly quoteVersion: number;
    readonly tee: "sgx" | "tdx";
    readonly fmspc: string;
    readonly trailingBytes: number;
    readonly collateralValid?: readonly [string, string];
    readonly body: Readonly<Record<string, string | number>>;
    readonly phalaDcapQvlJs039?: string;
    readonly qeAuthDataLen?: number;
    readonly certDataType?: number;
  };
}

export interface SnpSample extends Sample<SnpCollateral> {
  readonly collateral: SnpCollateral;
  readonly expected: { readonly signatureChainOk: boolean; readonly debugAllowed: boolean };
  readonly facts: {
    readonly report: Readonly<Record<string, string | number | boolean>>;
    readonly vekExpires: string;
  };
}

/**
 * Samples without collateral name no time: any moment at which their PCK certificates are valid
 * will do.
 */
const NO_COLLATERAL_AT = "2025-10-09T08:53:20.000Z";

export function readFixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(FIXTURES + path));
}

export function readFixtureText(path: string): string {
  return readFileSync(FIXTURES + path, "utf8");
}

function ids(kind: string, file: string): string[] {
  const names = readdirSync(FIXTURES + kind).filter((name) =>
    existsSync(`${FIXTURES}${kind}/${name}/${file}`),
  );
  return names.sort().map((name) => `${kind}/${name}`);
}

export function dcapSample(id: string): DcapSample {
  const { expected, verifyAtUnix, ...facts } = JSON.parse(readFixtureText(`${id}/expected.json`));
  const hasCollateral = existsSync(`${FIXTURES}${id}/collateral.json`);
  return {
    id,
    quote: readFixture(`${id}/quote.bin`),
    collateral: hasCollateral
      ? dcapCollateralFromText(readFixtureText(`${id}/collateral.json`))
      : null,
    at: new Date(verifyAtUnix === undefined ? NO_COLLATERAL_AT : verifyAtUnix * 1000),
    expected,
    facts,
  };
}

export function dcapSamples(): DcapSample[] {
  return ["sgx-v3", "tdx-v4", "tdx-v5"].flatMap((kind) => ids(kind, "quote.bin")).map(dcapSample);
}

export function snpSample(id: string): SnpSample {
  const { expected, report, certValidity } = JSON.parse(readFixtureText(`${id}/expected.json`));
  const [from = "", until = ""] = certValidity.vcek.split(" .. ");
  const pem = (name: string): string => readFixtureText(`${id}/${name}.pem`);
  return {
    id,
    quote: readFixture(`${id}/report.bin`),
    collateral: snpCollateralFromPem({ vek: pem("vcek"), ask: pem("ask"), ark: pem("ark") }),
    at: new Date(Date.parse(from) + 86_400_000),
    expected,
    facts: { report, vekExpires: new Date(until).toISOString() },
  };
}

export function snpSamples(): SnpSample[] {
  return ids("sev-snp", "report.bin").map(snpSample);
}
