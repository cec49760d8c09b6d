// SPDX-License-Identifier: Apache-2.0
/** The client against the real service on a real port: honest, and telling each of its lies. */

import { type RunningService, startService } from "@zeta/service/serve";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  connect,
  isRefused,
  type RefusedError,
  verifyEvidence,
  type ZetaClient,
} from "../src/index.ts";

const TRUST = { simulation: true };

/** Epochs of a tenth of a second: the client waits for several in each test. */
const EPOCH_MS = 100;

async function started(): Promise<{ service: RunningService; zeta: ZetaClient }> {
  const service = await startService({
    port: 0,
    epochMs: EPOCH_MS,
    allowAttacks: true,
    processMetrics: false,
    slots: 256,
    valueMemoryBytes: 4 << 20,
  });
  onTestFinished(() => service.close());
  const zeta = await connect(service.url, { trust: TRUST });
  onTestFinished(() => zeta.close());
  return { service, zeta };
}

async function arm(service: RunningService, attack: string, mode?: string): Promise<void> {
  const response = await fetch(`${service.url}/v1/attacks/${attack}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: "alice", ...(mode === undefined ? {} : { mode }) }),
  });
  expect(response.status).toBe(202);
}

/** Two certified writes, then the lie, then an honest client's put and get: what does it find? */
async function refusedAfter(attack: string, mode?: string): Promise<RefusedError> {
  const { service, zeta } = await started();
  await (await zeta.put("alice", "100")).certified();
  await (await zeta.put("alice", "90")).certified();
  await arm(service, attack, mode);
  try {
    if (attack === "drop") await (await zeta.put("alice", "80")).certified();
    await (await zeta.get("alice")).certified();
  } catch (error) {
    if (isRefused(error)) return error;
    throw error;
  }
  throw new Error(`expected ${attack} to be caught`);
}

describe("the real service", () => {
  it("certifies what it answers, and anybody can check the evidence", async () => {
    const { zeta } = await started();
    await zeta.put("alice", "100");
    const got = await zeta.get("alice");
    const proof = await got.certified();
    expect(String(got.value)).toBe("100");
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    expect(await verifyEvidence(evidence, TRUST)).toMatchObject({ verdict: "certified" });
    expect(proof.report()).toMatch(/^SIMULATED TEE\n/);
  });

  it("certifies batches of many kinds of keys and values", async () => {
    const { zeta } = await started();
    const operations = Array.from({ length: 600 }, (_, i) => ({
      operation: "put" as const,
      key: Uint8Array.of(i & 255, i >> 8, 0, 255),
      value: new Uint8Array(i * 7).fill(i),
    }));
    const puts = await zeta.batch(operations);
    const gets = await zeta.batch(operations.map(({ key }) => ({ operation: "get", key })));
    await Promise.all([...puts, ...gets].map((answer) => answer.certified()));
    expect(gets.map(({ value }) => value?.bytes.length)).toEqual(operations.map((_, i) => i * 7));
  });

  it.each([
    ["stale-read", "honest-log", "answer_mismatch", "rejected"],
    ["stale-read", "lying-log", "violation", "violation"],
    ["tamper", undefined, "violation", "violation"],
    ["replay", undefined, "receipt_mismatch", "rejected"],
    ["drop", undefined, "receipt_missing", "rejected"],
    ["rollback", undefined, "instance_changed", "fork"],
    ["fork", undefined, "instance_changed", "fork"],
  ])("is caught at %s (%s): %s", async (attack, mode, code, verdict) => {
    const refusal = await refusedAfter(attack, mode);
    expect(refusal.code).toBe(code);
    const evidence = JSON.parse(JSON.stringify(refusal.evidence));
    const judged = await verifyEvidence(evidence, TRUST);
    expect({ verdict: judged.verdict, check: judged.check }).toEqual({
      verdict,
      check: refusal.check,
    });
  });
});
