// SPDX-License-Identifier: Apache-2.0
import { Random } from "@zeta/monitor/test/support/random";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { Engine } from "@zeta/service/engine";
import { createHttpApp } from "@zeta/service/http/app";
import { createMetrics } from "@zeta/service/metrics";
import { createParts } from "@zeta/service/serve";
import { describe, expect, it, onTestFinished } from "vitest";
import { fuzzers } from "../src/fuzz/fuzz.ts";
import { mutateBytes, mutateJson } from "../src/fuzz/mutate.ts";
import { makeSamples } from "../src/fuzz/samples.ts";

const SEED = 6;
const INPUTS = 1500;

describe("a decoder of foreign bytes accepts or refuses, with a code, and has one encoding", () => {
  it.each(fuzzers(SEED))("$name", (fuzzer) => {
    const { accepted, failures } = fuzzer.run(INPUTS);
    expect(failures, `seed ${SEED}`).toEqual([]);
    // Neither everything nor nothing gets through, or the mutator would be useless here.
    expect(accepted).toBeGreaterThan(0);
  });
});

describe("the HTTP service", () => {
  it("answers every body with a status of its own, never with a fault", async () => {
    const { app, close } = startService();
    onTestFinished(close);
    const random = new Random(SEED);
    const samples = makeSamples(SEED);
    const bodies = [samples.operations, samples.receiptIds];
    const statuses = new Set<number>();
    for (let i = 0; i < 400; i++) {
      const url = random.pick(["/v1/ops", "/v1/receipts"]);
      const text = JSON.stringify(mutateJson(random.pick(bodies), random)) ?? "";
      const bytes = new TextEncoder().encode(text);
      const payload = Buffer.from(random.oneIn(4) ? mutateBytes([bytes], random) : bytes);
      const headers = { "content-type": "application/json" };
      const { statusCode } = await app.inject({ method: "POST", url, payload, headers });
      expect(statusCode, `seed ${SEED}, body ${payload.toString()}`).toBeLessThan(500);
      statuses.add(statusCode);
    }
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
  });
});

function startService() {
  const metrics = createMetrics({ process: false });
  const module = loadMonitorModule("bytes");
  const engine = new Engine({
    createParts: () => createParts({ serviceId: "kv", slots: 64 }, module),
    serviceId: "kv",
    epochMs: null,
    metrics,
  });
  const app = createHttpApp(engine, { metrics, allowAttacks: false });
  const close = async (): Promise<void> => {
    await engine.close(1000);
    await app.close();
  };
  return { app, close };
}
