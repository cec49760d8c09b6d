// SPDX-License-Identifier: Apache-2.0
import { fromHex, toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { type Evidence, verifyEvidence } from "../src/evidence.ts";
import {
  applyPolicy,
  HARDWARE_ONLY_POLICY,
  type Policy,
  type SgxPolicy,
  type SnpPolicy,
  type TdxPolicy,
} from "../src/policy.ts";
import { produceSimulationQuote } from "../src/simulation.ts";
import { type AmdChanges, amdWorld, CHIP_ID } from "./support/amd-world.ts";
import { platformLevel, type WorldChanges, world } from "./support/intel-world.ts";

async function intel(changes: WorldChanges = {}): Promise<Evidence> {
  const made = world(changes);
  return verifyEvidence(made.quote, made);
}

async function amd(changes: AmdChanges = {}): Promise<Evidence> {
  const made = amdWorld(changes);
  return verifyEvidence(made.quote, made);
}

function codes(evidence: Evidence, policy: Partial<Policy>): string[] {
  const nothing: Policy = {
    allowSimulation: false,
    reportData: null,
    sgx: null,
    tdx: null,
    sevSnp: null,
  };
  return applyPolicy(evidence, { ...nothing, ...policy }).map((reason) => reason.code);
}

const common = { allowDebug: false, platforms: null, minimumEvaluationNumber: 0 };
const intelRules = { ...common, statuses: ["UpToDate"], advisories: [] } as const;
const zero = (bytes: number): Uint8Array => new Uint8Array(bytes);

describe("SGX policy", () => {
  const enclave = {
    mrEnclave: zero(32),
    mrSigner: null,
    productId: null,
    minimumSecurityVersion: 0,
  };
  const sgx: SgxPolicy = { ...intelRules, measurements: [enclave] };
  const cases: [string, WorldChanges, Partial<SgxPolicy>, string[]][] = [
    ["the named enclave", {}, {}, []],
    ["another enclave", { report: (bytes) => bytes.set([1], 64) }, {}, ["MEASUREMENT_NOT_ALLOWED"]],
    ["debug", { report: (bytes) => bytes.set([7], 48) }, {}, ["DEBUG_NOT_ALLOWED"]],
    ["debug allowed by name", { report: (bytes) => bytes.set([7], 48) }, { allowDebug: true }, []],
    [
      "provisioning key",
      { report: (bytes) => bytes.set([0x15], 48) },
      {},
      ["ATTRIBUTES_NOT_ALLOWED"],
    ],
    ["launch key", { report: (bytes) => bytes.set([0x25], 48) }, {}, ["ATTRIBUTES_NOT_ALLOWED"]],
    ["no measurements", {}, { measurements: [] }, ["MEASUREMENT_NOT_ALLOWED"]],
    ["any measurement", { report: (bytes) => bytes.set([1], 64) }, { measurements: "any" }, []],
    [
      "a measurement that names nothing",
      {},
      { measurements: [{ ...enclave, mrEnclave: null }] },
      ["MEASUREMENT_NOT_ALLOWED"],
    ],
    ["evaluation too old", {}, { minimumEvaluationNumber: 21 }, ["EVALUATION_TOO_OLD"]],
    ["evaluation of the floor", {}, { minimumEvaluationNumber: 20 }, []],
    ["platform not listed", {}, { platforms: ["00".repeat(16)] }, ["PLATFORM_NOT_ALLOWED"]],
    ["platform listed", {}, { platforms: ["ab".repeat(16)] }, []],
  ];
  it.each(cases)("%s", async (_name, changes, rules, expected) => {
    expect(codes(await intel(changes), { sgx: { ...sgx, ...rules } })).toEqual(expected);
  });

  it("a signer with product and minimum version", async () => {
    const evidence = await intel({
      report: (bytes) => {
        bytes.fill(9, 128, 160);
        bytes.set([3, 0, 5, 0], 256);
      },
    });
    const signer = {
      mrEnclave: null,
      mrSigner: new Uint8Array(32).fill(9),
      productId: 3,
      minimumSecurityVersion: 5,
    };
    const verdict = (change: object): string[] =>
      codes(evidence, { sgx: { ...sgx, measurements: [{ ...signer, ...change }] } });
    expect(verdict({})).toEqual([]);
    expect(verdict({ minimumSecurityVersion: 6 })).toEqual(["MEASUREMENT_NOT_ALLOWED"]);
    expect(verdict({ productId: 4 })).toEqual(["MEASUREMENT_NOT_ALLOWED"]);
    expect(verdict({ mrSigner: zero(32) })).toEqual(["MEASUREMENT_NOT_ALLOWED"]);
  });

  it("status and advisories are allowed separately and by name", async () => {
    const tcbLevels = [
      platformLevel(5, "SWHardeningNeeded", false, ["INTEL-SA-00615", "INTEL-SA-00289"]),
    ];
    const evidence = await intel({ tcbInfo: { tcbLevels } });
    const statuses = ["UpToDate", "SWHardeningNeeded"] as const;
    const refused = ["ADVISORY_NOT_ALLOWED", "ADVISORY_NOT_ALLOWED"];
    expect(codes(evidence, { sgx })).toEqual(["STATUS_NOT_ALLOWED", ...refused]);
    expect(codes(evidence, { sgx: { ...sgx, statuses } })).toEqual(refused);
    const one = { ...sgx, statuses, advisories: ["INTEL-SA-00615"] };
    expect(codes(evidence, { sgx: one })).toEqual(["ADVISORY_NOT_ALLOWED"]);
    const both = { ...one, advisories: ["INTEL-SA-00289", "INTEL-SA-00615"] };
    expect(codes(evidence, { sgx: both })).toEqual([]);
  });

  it("a policy without the TEE accepts none of it", async () => {
    expect(codes(await intel(), {})).toEqual(["TEE_NOT_ALLOWED"]);
    expect(codes(await intel({ version: 4, body: "td10" }), { sgx })).toEqual(["TEE_NOT_ALLOWED"]);
    expect(codes(await amd(), { sgx })).toEqual(["TEE_NOT_ALLOWED"]);
  });

  it("report data is compared over all 64 bytes", async () => {
    const evidence = await intel({ report: (bytes) => bytes.set([1], 383) });
    const expected = zero(64);
    expect(codes(evidence, { sgx, reportData: expected })).toEqual(["REPORT_DATA_MISMATCH"]);
    expected[63] = 1;
    expect(codes(evidence, { sgx, reportData: expected })).toEqual([]);
  });
});

describe("TDX policy", () => {
  const one = {
    mrTd: zero(48),
    rtmrs: [zero(48), zero(48), null, null],
    mrConfigId: null,
    mrOwner: null,
    mrOwnerConfig: null,
  };
  const rules = { requireSeptVeDisable: true, serviceTds: [] };
  const tdx: TdxPolicy = { ...intelRules, ...rules, measurements: [one] };
  const td = (change: (bytes: Uint8Array) => void): WorldChanges => ({
    version: 5,
    body: "td15",
    report: (bytes) => {
      bytes.set([0x10], 123);
      change(bytes);
    },
  });
  const cases: [string, WorldChanges, Partial<TdxPolicy>, string[]][] = [
    ["the named TD", td(() => undefined), {}, []],
    ["another MRTD", td((bytes) => bytes.set([1], 136)), {}, ["MEASUREMENT_NOT_ALLOWED"]],
    ["another RTMR1", td((bytes) => bytes.set([1], 376)), {}, ["MEASUREMENT_NOT_ALLOWED"]],
    ["an RTMR3 that is not compared", td((bytes) => bytes.set([1], 472)), {}, []],
    ["debug, bit 0", td((bytes) => bytes.set([0x01], 120)), {}, ["DEBUG_NOT_ALLOWED"]],
    ["debug group, bit 7", td((bytes) => bytes.set([0x80], 120)), {}, ["DEBUG_NOT_ALLOWED"]],
    ["no SEPT_VE_DISABLE", td((bytes) => bytes.set([0], 123)), {}, ["ATTRIBUTES_NOT_ALLOWED"]],
    ["none demanded", td((bytes) => bytes.set([0], 123)), { requireSeptVeDisable: false }, []],
    ["a service TD", td((bytes) => bytes.set([5], 600)), {}, ["SERVICE_TD_NOT_ALLOWED"]],
    [
      "a service TD that is allowed",
      td((bytes) => bytes.set([5], 600)),
      { serviceTds: [fromHex(`05${"00".repeat(47)}`)] },
      [],
    ],
    [
      "migratable, in a report too old to name who may take it away",
      { ...td((bytes) => bytes.set([0x30], 123)), version: 4, body: "td10" },
      {},
      ["SERVICE_TD_NOT_ALLOWED"],
    ],
    ["migratable, in a report that names nobody", td((bytes) => bytes.set([0x30], 123)), {}, []],
    [
      "another owner",
      td((bytes) => bytes.set([1], 232)),
      { measurements: [{ ...one, mrOwner: zero(48) }] },
      ["MEASUREMENT_NOT_ALLOWED"],
    ],
  ];
  it.each(cases)("%s", async (_name, changes, change, expected) => {
    expect(codes(await intel(changes), { tdx: { ...tdx, ...change } })).toEqual(expected);
  });
});

describe("SEV-SNP policy", () => {
  const guest = {
    measurement: new Uint8Array(48).fill(0x11),
    hostData: null,
    idKeyDigest: null,
    authorKeyDigest: null,
    minimumGuestSvn: 0,
  };
  const floor = { fmc: null, bootloader: 4, tee: 0, snp: 24, microcode: 219 };
  const sevSnp: SnpPolicy = {
    measurements: [guest],
    minimumTcb: { Milan: floor },
    vmpls: [0],
    allowDebug: false,
    allowMigrationAgent: false,
    allowMaskedChipId: false,
    requireRevocationCheck: true,
    requireAliasCheck: true,
    platforms: null,
  };
  const chipHidden: AmdChanges = { report: (bytes) => bytes.fill(0, 0x1a0, 0x1e0) };
  const cases: [string, AmdChanges, Partial<SnpPolicy>, string[]][] = [
    ["the named guest", {}, {}, []],
    ["another guest", { report: (bytes) => bytes.set([1], 0x90) }, {}, ["MEASUREMENT_NOT_ALLOWED"]],
    ["debug", { report: (bytes) => bytes.set([0x0a], 0x0a) }, {}, ["DEBUG_NOT_ALLOWED"]],
    [
      "migration agent",
      { report: (bytes) => bytes.set([0x06], 0x0a) },
      {},
      ["MIGRATION_NOT_ALLOWED"],
    ],
    ["VMPL 1", { report: (bytes) => bytes.set([1], 0x30) }, {}, ["VMPL_NOT_ALLOWED"]],
    ["VMPL 1 allowed", { report: (bytes) => bytes.set([1], 0x30) }, { vmpls: [0, 1] }, []],
    ["no floor for the product", {}, { minimumTcb: { Genoa: floor } }, ["TCB_FLOOR_MISSING"]],
    [
      "under the floor",
      {},
      { minimumTcb: { Milan: { ...floor, microcode: 220 } } },
      ["TCB_TOO_OLD", "TCB_TOO_OLD"],
    ],
    ["launched under the floor", { report: (bytes) => bytes.set([3], 0x1f0) }, {}, ["TCB_TOO_OLD"]],
    ["no revocation list", { list: null }, {}, ["CRL_MISSING"]],
    ["none demanded", { list: null }, { requireRevocationCheck: false }, []],
    [
      "no alias check",
      { report: (bytes) => bytes.set([0x05], 0x40) },
      {},
      ["ATTRIBUTES_NOT_ALLOWED"],
    ],
    ["the chip listed", {}, { platforms: [toHex(CHIP_ID)] }, []],
    ["the chip not listed", {}, { platforms: ["00".repeat(64)] }, ["PLATFORM_NOT_ALLOWED"]],
    [
      "a VLEK cannot be listed",
      { vlek: true },
      { platforms: ["00".repeat(64)] },
      ["PLATFORM_NOT_ALLOWED"],
    ],
    ["a masked chip", { report: (bytes) => bytes.set([2], 0x48) }, {}, ["PLATFORM_NOT_ALLOWED"]],
    ["a chip id of zeros", chipHidden, {}, ["PLATFORM_NOT_ALLOWED"]],
    ["a chip id of zeros, allowed", chipHidden, { allowMaskedChipId: true }, []],
    ["a chip id of zeros and a VLEK, which names none", { ...chipHidden, vlek: true }, {}, []],
    ["host data", {}, { measurements: [{ ...guest, hostData: zero(32) }] }, []],
    [
      "other host data",
      { report: (bytes) => bytes.set([1], 0xc0) },
      { measurements: [{ ...guest, hostData: zero(32) }] },
      ["MEASUREMENT_NOT_ALLOWED"],
    ],
    [
      "guest version under the minimum",
      {},
      { measurements: [{ ...guest, minimumGuestSvn: 1 }] },
      ["MEASUREMENT_NOT_ALLOWED"],
    ],
  ];
  it.each(cases)("%s", async (_name, changes, change, expected) => {
    expect(codes(await amd(changes), { sevSnp: { ...sevSnp, ...change } })).toEqual(expected);
  });
});

describe("simulation", () => {
  it("is accepted by nobody who did not ask for it", async () => {
    const quote = produceSimulationQuote({ measurement: zero(32), reportData: zero(64) });
    const evidence = await verifyEvidence(quote, { at: new Date(0), collateral: null });
    expect(codes(evidence, HARDWARE_ONLY_POLICY)).toEqual(["SIMULATION_NOT_ALLOWED"]);
    expect(codes(evidence, { allowSimulation: true })).toEqual([]);
  });
});
