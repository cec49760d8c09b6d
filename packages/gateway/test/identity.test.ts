// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ethereumAddressOf, gatewayReportData, reportDataV1 } from "@zeta/attestation/report-data";
import { produceSimulationQuote, verifySimulationQuote } from "@zeta/attestation/simulation";
import { toHex } from "@zeta/protocol/hex";
import { publicKeyOf } from "@zeta/protocol/signature";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatewayConfigFromJson } from "../src/config.ts";
import { obtainIdentity } from "../src/identity.ts";
import { launch } from "../src/launch.ts";
import { temporaryDirectory } from "./support/gateway.ts";

const measurement = new Uint8Array(32).fill(1);
const KEY = "c87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3";
let folder: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(() => folder.remove());

/** What `zeta launch` in simulation leaves behind, with a quote over another key when told so. */
function handover(change: Record<string, string> = {}, quoted = KEY) {
  const publicKey = publicKeyOf(Buffer.from(quoted, "hex"));
  const reportData = reportDataV1(ethereumAddressOf(publicKey));
  const path = join(folder.path, "quote");
  writeFileSync(path, produceSimulationQuote({ measurement, reportData }));
  return {
    P_SIGNING_KEY: KEY,
    P_ATTESTATION_QUOTE_FILE_PATH: path,
    P_TEE_TYPE: "simulation",
    ...change,
  } as Record<string, string | undefined>;
}
const obtain = (
  environment: Record<string, string | undefined>,
  simulation = true,
  binding: "gateway" | "address" = "gateway",
) => obtainIdentity({ environment, prefix: "P_", simulation, measurement, binding });

describe("the identity of a gateway", () => {
  test("made here: fresh each time, its quote binds it for this purpose", async () => {
    const [first, second] = [await obtain({}), await obtain({})];
    expect(toHex(first.publicKey)).not.toBe(toHex(second.publicKey));
    const quote = verifySimulationQuote(first.quote);
    expect(quote.reportData).toEqual(gatewayReportData(first.publicKey));
    expect(quote.measurement).toEqual(measurement);
    expect(first.teeType).toBe("simulation");
  });

  test("made for the zkSync interface: its quote binds its address", async () => {
    const { publicKey, quote } = await obtain({}, true, "address");
    const { reportData } = verifySimulationQuote(quote);
    expect(reportData).toEqual(reportDataV1(ethereumAddressOf(publicKey)));
  });

  test("no TEE here and no simulation asked for: nothing", async () => {
    await expect(obtain({}, false)).rejects.toMatchObject({ code: "attestation_missing" });
  });

  test("handed over: the key leaves the environment", async () => {
    const environment = handover();
    const identity = await obtain(environment);
    expect(toHex(identity.secretKey)).toBe(KEY);
    expect("P_SIGNING_KEY" in environment).toBe(false);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no attestation (type none)", { P_TEE_TYPE: "none" }, "attestation_missing"],
    ["an unknown type", { P_TEE_TYPE: "SGX" }, "PRODUCER_FAILED"],
    ["a key that is none", { P_SIGNING_KEY: "ab" }, "attestation_missing"],
  ])(
    "handed over with %s: refused, and the key is gone all the same",
    async (_what, change, code) => {
      const environment = handover(change);
      await expect(obtain(environment)).rejects.toMatchObject({ code });
      expect("P_SIGNING_KEY" in environment).toBe(false);
    },
  );

  test("handed over with a quote over another key: refused", async () => {
    await expect(obtain(handover({}, "01".repeat(32)))).rejects.toMatchObject({
      code: "attestation_missing",
    });
  });

  test("a simulated handover is refused unless simulation is asked for", async () => {
    await expect(obtain(handover(), false)).rejects.toMatchObject({ code: "attestation_missing" });
  });
});

describe("launch", () => {
  const script = `
    const fs = require("node:fs");
    const path = process.env.T_ATTESTATION_QUOTE_FILE_PATH;
    const { mode } = fs.statSync(path);
    fs.writeFileSync(process.argv[1], JSON.stringify({ key: process.env.T_SIGNING_KEY,
      type: process.env.T_TEE_TYPE, quote: fs.readFileSync(path, "hex"), mode: mode & 0o777,
      kept: process.env.KEPT, path }));
    process.exit(7);`;
  const run = (change: object = {}) => {
    const out = join(folder.path, "out.json");
    return {
      out,
      done: launch({
        envPrefix: "T_",
        command: process.execPath,
        args: ["-e", script, out],
        simulation: true,
        measurement,
        binding: "gateway" as const,
        environment: { KEPT: "yes" },
        ...change,
      }),
    };
  };

  test("hands key and quote over, tells the exit status, and leaves nothing behind", async () => {
    const { out, done } = run();
    expect(await done).toBe(7);
    const seen = JSON.parse(readFileSync(out, "utf8"));
    const publicKey = publicKeyOf(Buffer.from(seen.key, "hex"));
    const { reportData } = verifySimulationQuote(new Uint8Array(Buffer.from(seen.quote, "hex")));
    expect(reportData).toEqual(gatewayReportData(publicKey));
    expect([seen.type, seen.kept, seen.mode]).toEqual(["simulation", "yes", 0o600]);
    expect(() => statSync(seen.path)).toThrow(/ENOENT/);
  });

  test("without a quote nothing is started", async () => {
    const { out, done } = run({ simulation: false });
    await expect(done).rejects.toMatchObject({ code: "attestation_missing" });
    expect(() => statSync(out)).toThrow(/ENOENT/);
  });

  test("a quote that cannot be made is no reason to go on without", async () => {
    const { out, done } = run({
      producer: {
        name: "broken",
        tee: "tdx",
        produce: async () => {
          throw new Error("no quoting service");
        },
      },
    });
    await expect(done).rejects.toThrow("no quoting service");
    expect(() => statSync(out)).toThrow(/ENOENT/);
  });

  test("a program that is not there, a prefix that is none", async () => {
    const missing = run({ command: "/nonexistent/program" }).done;
    await expect(missing).rejects.toMatchObject({ code: "launch_invalid" });
    await expect(run({ envPrefix: "a-b" }).done).rejects.toMatchObject({ code: "launch_invalid" });
  });

  test("a stop is sent on", async () => {
    const stop = new AbortController();
    const { done } = run({
      args: ["-e", "setInterval(() => {}, 1000)"],
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 200);
    expect(await done).toBe(128 + 15);
  });
});

describe("the configuration", () => {
  test("variables of earlier provers win over the file", () => {
    const environment = {
      TEE_PROVER_API_URL: "http://127.0.0.1:4320",
      TEE_PROVER_MAX_RETRIES: "5",
      TEE_PROVER_INITIAL_RETRY_BACKOFF_SEC: "1",
      TEE_PROVER_RETRY_BACKOFF_MULTIPLIER: "2.0",
      TEE_PROVER_MAX_BACKOFF_SEC: "128",
      PROMETHEUS_LISTENER_PORT: "3321",
    };
    expect(gatewayConfigFromJson({ apiUrl: "http://x", verifiers: 2 }, environment)).toEqual({
      apiUrl: "http://127.0.0.1:4320",
      verifiers: 2,
      maxRetries: 5,
      initialRetryBackoffSeconds: 1,
      retryBackoffMultiplier: 2,
      maxBackoffSeconds: 128,
      metricsPort: 3321,
    });
  });

  test.each<[unknown, Record<string, string>]>([
    [null, {}],
    [{ apiURL: "http://x" }, {}],
    [{ apiUrl: "ftp://x" }, {}],
    [{ verifier: { kind: "command", command: "relative" } }, {}],
    [{ verifiers: 0 }, {}],
    [{}, { TEE_PROVER_MAX_RETRIES: "many" }],
    [{}, { TEE_PROVER_MAX_RETRIES: "" }],
    [{}, { PROMETHEUS_LISTENER_PORT: "99999" }],
  ])("%j with %j is refused", (json, environment) => {
    expect(() => gatewayConfigFromJson(json, environment)).toThrow(/expected a gateway config/);
  });
});
