// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import { fromHex } from "@zeta/protocol/hex";
import { instanceIdOf } from "@zeta/protocol/instance";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import { publicKeyOf } from "@zeta/protocol/signature";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../support/run.ts";

const SAMPLE = fileURLToPath(new URL("../../bench-data/tdx-v4-phala", import.meta.url));
const QUOTE = join(SAMPLE, "quote.bin");
const COLLATERAL = join(SAMPLE, "collateral.json");
/** A report of a real Genoa machine with its certificates. */
const GENOA = fileURLToPath(
  new URL("../../../attestation/test/fixtures/sev-snp/microsoft-genoa", import.meta.url),
);
const AT = "2025-06-20T00:00:00Z";
const MR_TD =
  "91eb2b44d141d4ece09f0c75c2c53d247a3c68edd7fafe8a3520c942a604a407de03ae6dc5f87f27428b2538873118b7";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-attestation-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** The TDX sample, genuine and up to date at {@link AT}; `options` come last and override. */
async function verify(...options: string[]) {
  const args = ["attestation", "verify", "--quote", QUOTE, "--collateral", COLLATERAL, "--at", AT];
  return runHere([...args, ...options]);
}

async function verdictOf(...options: string[]) {
  const { code, stdout, stderr } = await verify(...options, "--json");
  expect(stderr).toBe("");
  return { code, verdict: JSON.parse(stdout) };
}

function policy(mrTd: string): string {
  const registers = "rtmr0: any, rtmr1: any, rtmr2: any, rtmr3: any";
  return `version: 1\ntdx:\n  measurements:\n    - { mrTd: ${mrTd}, ${registers} }\n`;
}

describe("zeta attestation verify", () => {
  it("accepts a genuine quote, with every member scripts read", async () => {
    const { code, verdict } = await verdictOf();
    expect(verdict).toMatchObject({
      tee: "tdx",
      evidence: "valid",
      status: "UpToDate",
      debug: false,
      advisories: [],
      policy: "accepted",
      reasons: [],
      code: null,
      measurement: { mrTd: MR_TD },
      reportData: expect.stringMatching(/^9a9d48e7f6[0-9a-f]{118}$/),
      expiresAt: "2025-07-19T10:00:35.000Z",
    });
    expect(code).toBe(0);
  });

  it("tells a person the answer first, and that no policy was given", async () => {
    const { code, stdout } = await verify();
    expect(stdout).toMatch(/^ACCEPTED {2}tdx\n/);
    expect(stdout).toContain("judged at  2025-06-20T00:00:00.000Z\nNo --policy: ");
    expect(code).toBe(0);
  });

  it("lets the policy decide", async () => {
    const own = await verdictOf("--policy", file("own.yaml", policy(MR_TD)));
    expect([own.code, own.verdict.policy]).toEqual([0, "accepted"]);
    const other = await verdictOf("--policy", file("other.yaml", policy("00".repeat(48))));
    expect(other.verdict).toMatchObject({
      evidence: "valid",
      policy: "rejected",
      code: "MEASUREMENT_NOT_ALLOWED",
    });
    expect(other.code).toBe(1);
  });

  it("says that a quote alone does not answer for the policy's monitors", async () => {
    const path = file("service.yaml", `${policy(MR_TD)}monitors: [${"ab".repeat(32)}]\n`);
    const { code, verdict } = await verdictOf("--policy", path);
    expect(verdict.policy).toBe("accepted");
    expect(verdict.warnings).toContainEqual(expect.stringMatching(/monitors are not judged/));
    expect(code).toBe(0);
  });

  it("judges by the time it is given", async () => {
    const { code, verdict } = await verdictOf("--at", "2025-07-20");
    expect(verdict).toMatchObject({ evidence: "invalid", policy: "rejected", reportData: null });
    expect(verdict.code).toMatch(/_NOT_CURRENT$/);
    expect(code).toBe(1);
  });

  it("without collateral says that the evidence is incomplete", async () => {
    const args = ["attestation", "verify", "--quote", QUOTE, "--at", AT, "--json"];
    const { code, stdout } = await runHere(args);
    expect(JSON.parse(stdout)).toMatchObject({
      tee: "tdx",
      evidence: "incomplete",
      policy: "rejected",
      code: "COLLATERAL_MISSING",
    });
    expect(code).toBe(1);
  });

  it.each([
    ["a flipped byte", (bytes: Uint8Array) => bytes.with(200, (bytes[200] ?? 0) ^ 1), "tdx"],
    ["a cut one", (bytes: Uint8Array) => bytes.subarray(0, 1000), "tdx"],
    ["no quote at all", () => new Uint8Array(100).fill(0x41), null],
    ["too many bytes", () => new Uint8Array(40_000), null],
  ])("rejects %s with a code", async (_what, change, tee) => {
    const path = file("bad.bin", change(new Uint8Array(readFileSync(QUOTE))));
    const { code, verdict } = await verdictOf("--quote", path);
    expect(verdict).toMatchObject({ tee, evidence: "invalid", policy: "rejected" });
    expect(verdict.reasons[0]).toMatch(new RegExp(`^${verdict.code}: `));
    expect(code).toBe(1);
  });

  it("rejects with a verdict when the collateral is none", async () => {
    const { code, verdict } = await verdictOf("--collateral", file("bad.json", "{}"));
    expect(verdict).toMatchObject({ tee: "tdx", policy: "rejected", code: "COLLATERAL_MALFORMED" });
    expect(code).toBe(1);
  });

  it("accepts a simulated quote only when told to, and says so", async () => {
    const quote = produceSimulationQuote({
      measurement: new Uint8Array(32).fill(1),
      reportData: new Uint8Array(64),
    });
    const args = ["attestation", "verify", "--quote", file("simulated.bin", quote)];
    const asked = await runHere([...args, "--json"]);
    expect(JSON.parse(asked.stdout)).toMatchObject({ code: "SIMULATION_NOT_ALLOWED" });
    expect(asked.code).toBe(1);
    const lenient = file("lenient.yaml", "version: 1\nallowSimulation: true\n");
    const told = await runHere([...args, "--policy", lenient]);
    expect(told.stdout).toContain("SIMULATED TEE");
    expect(told.code).toBe(0);
  });

  it("takes a directory of certificates for SEV-SNP", async () => {
    const floor = "Genoa: { bootloader: 10, tee: 0, snp: 23, microcode: 84 }";
    const rules = `measurements: any, requireRevocationCheck: false, minimumTcb: { ${floor} }`;
    const path = file("snp.yaml", `version: 1\nsevSnp: { ${rules} }\n`);
    const args = [
      "--quote",
      join(GENOA, "report.bin"),
      "--collateral",
      GENOA,
      "--at",
      "2026-11-01",
    ];
    const { code, verdict } = await verdictOf(...args, "--policy", path);
    expect(verdict).toMatchObject({ tee: "sev-snp", policy: "accepted", status: null });
    expect(code).toBe(0);
    const unasked = await verdictOf(...args);
    expect(unasked.verdict).toMatchObject({ evidence: "valid", code: "TEE_NOT_ALLOWED" });
    expect(unasked.code).toBe(1);
  });

  it("foreign text cannot look like a line of ours", async () => {
    // What is signed by nobody never stands in a reason; the name of a file somebody sent does.
    const path = file("quote\nACCEPTED \u001b[2J", new Uint8Array(40_000));
    const { stdout, code } = await runHere(["attestation", "verify", "--quote", path]);
    expect(stdout).toMatch(/^REJECTED/);
    expect(stdout).toContain("quote ACCEPTED \\x1b[2J");
    expect(stdout).not.toMatch(/^ACCEPTED/m);
    expect(stdout).not.toContain("\u001b");
    expect(code).toBe(1);
  });
});

describe("zeta verify with a policy for hardware", () => {
  /** Evidence whose quote is the real TDX sample: it binds its own machine's data, and not this key. */
  function evidence(): string {
    const publicKey = publicKeyOf(new Uint8Array(32).fill(5));
    const document = {
      format: "zeta.evidence",
      version: 1,
      attestation: serviceAttestationToJson({
        tee: "tdx",
        quote: new Uint8Array(readFileSync(QUOTE)),
        publicKey,
        instanceId: instanceIdOf(publicKey),
        measurement: fromHex(MONITOR_MEASUREMENTS.bytes),
        serviceId: "kv",
        profile: "bytes",
      }),
      certificates: [],
      question: null,
      answer: null,
      receipt: null,
      violation: null,
      other: null,
      refusal: null,
    };
    return file("evidence.json", JSON.stringify(document));
  }

  it("judges the quote by policy, collateral and time, then what it binds", async () => {
    const own = file("own.yaml", policy(MR_TD));
    const other = file("other.yaml", policy("00".repeat(48)));
    const lenient = file("simulated.yaml", "version: 1\nallowSimulation: true\n");
    const options = ["--collateral", COLLATERAL, "--at", AT];
    const cases: [string[], string, string[]][] = [
      [["--policy", own, ...options], "REPORT_DATA_MISMATCH", ["quote"]],
      [["--policy", other, ...options], "MEASUREMENT_NOT_ALLOWED", []],
      [["--policy", own, "--at", AT], "COLLATERAL_MISSING", []],
      [["--policy", own, ...options, "--at", "2026-01-01"], "CRL_NOT_CURRENT", []],
      [["--policy", lenient, ...options], "TEE_NOT_ALLOWED", []],
      [[], "TEE_NOT_ALLOWED", []],
    ];
    for (const [given, check, held] of cases) {
      const { code, stdout } = await runHere(["verify", evidence(), "--json", ...given]);
      const verdict = JSON.parse(stdout) as { steps: { name: string; ok: boolean }[] };
      expect(verdict).toMatchObject({ verdict: "rejected", code: "attestation_rejected", check });
      expect(verdict.steps.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(held);
      expect(code).toBe(1);
    }
  });
});

describe("bad usage of zeta attestation: one line, exit 2", () => {
  it.each([
    [["verify"], "expected the option --quote <file>, got none"],
    [["show"], "expected the option --quote <file>, got none"],
    [["frob"], "expected a command from --help, got frob"],
    [["verify", "--quote", "no-such-file"], "--quote no-such-file: expected a readable file"],
    [["show", "--quote", "no-such-file"], "--quote no-such-file: expected a readable file"],
    [
      ["verify", "--quote", QUOTE, "--collateral", "none"],
      "--collateral none: expected a readable",
    ],
    [["verify", "--quote", QUOTE, "--policy", "none"], "--policy none: expected a readable file"],
    [["verify", "--quote", QUOTE, "--policy", COLLATERAL], "expected another value of "],
    [["verify", "--quote", QUOTE, "--at", "now"], "--at: expected a time such as 2025-06-20"],
  ])("%j", async (args, expected) => {
    const { code, stdout, stderr } = await runHere(["attestation", ...args]);
    expect(stderr).toMatch(/^zeta: [^\n]*\n$/);
    expect(stderr).toContain(expected);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("names the file that a directory of certificates lacks", async () => {
    const empty = join(directory, "empty");
    mkdirSync(empty);
    const { code, stderr } = await verify("--collateral", empty);
    expect(stderr).toContain(`expected to read ${join(empty, "vlek.pem")}, got ENOENT`);
    expect(code).toBe(2);
  });
});

describe("zeta attestation show", () => {
  it("prints what the quote says and that nothing was verified", async () => {
    const { code, stdout } = await runHere(["attestation", "show", "--quote", QUOTE]);
    expect(stdout).toMatch(/^NOT VERIFIED {2}tdx, version 4, 4936 bytes, 70 of padding\n/);
    expect(stdout).toContain(`mrTd ${MR_TD}`);
    expect(code).toBe(0);
    const json = await runHere(["attestation", "show", "--quote", QUOTE, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      verified: false,
      tee: "tdx",
      version: 4,
      debug: false,
      measurement: { mrTd: MR_TD },
    });
  });

  it("answers a file that is no quote with a code and exit 1", async () => {
    const { code, stderr } = await runHere(["attestation", "show", "--quote", COLLATERAL]);
    expect(stderr).toMatch(/^zeta: .*\[QUOTE_UNSUPPORTED\]\n$/);
    expect(code).toBe(1);
  });
});
