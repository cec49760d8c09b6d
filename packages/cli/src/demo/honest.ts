// SPDX-License-Identifier: Apache-2.0
import { connect, type ZetaClient } from "@zeta/client";
import { startService } from "@zeta/service/serve";
import { runWorkload } from "../ycsb/run.ts";
import { openServiceTarget } from "../ycsb/service-target.ts";
import { WORKLOADS } from "../ycsb/workload.ts";

/** Long enough to see an answer provisional, short enough to see it certified. */
const EPOCH_MS = 500;
const TRUST = { simulation: true } as const;

const LOAD = {
  workload: WORKLOADS.a,
  distribution: "zipfian",
  records: 10_000,
  operations: 30_000,
  valueBytes: 100,
  batch: 500,
  inFlight: 4,
  samples: 200,
  seed: 1,
} as const;

export interface HonestReport {
  readonly certified: boolean;
  readonly epochs: number;
  readonly operations: number;
  readonly receiptsVerified: number;
}

type Say = (line: string) => void;

/** Loads an honest service and shows answers turning from provisional into certified. */
export async function runHonest(say: Say): Promise<HonestReport> {
  const service = await startService({
    host: "127.0.0.1",
    port: 0,
    epochMs: EPOCH_MS,
    allowAttacks: false,
  });
  try {
    const client = await connect(service.url, { trust: TRUST });
    try {
      await showTurning(client, say);
    } finally {
      client.close();
    }
    const target = await openServiceTarget(service.url);
    try {
      const silent = () => ({ advance: () => {}, end: () => {} });
      const report = await runWorkload(target, LOAD, silent);
      const { operations, epochs, certified, receiptsVerified, operationsPerSecond } = report;
      say(
        `   YCSB a: ${operations} operations on ${LOAD.records} records, ${operationsPerSecond}/s; ` +
          `${epochs} epochs, ${certified ? "all certified" : "NOT CERTIFIED"}; ` +
          `${receiptsVerified} receipts of a sample verified`,
      );
      return { certified, epochs, operations: operations + LOAD.records, receiptsVerified };
    } finally {
      await target.close();
    }
  } finally {
    await service.close();
  }
}

async function showTurning(client: ZetaClient, say: Say): Promise<void> {
  const put = await client.put("alice", "100");
  const got = await client.get("alice");
  say(`   put alice 100   provisional in epoch ${put.epoch}`);
  say(`   get alice       ${String(got.value)}, provisional in epoch ${got.epoch}`);
  const since = performance.now();
  const proof = await got.certified();
  await put.certified();
  const waited = Math.round(performance.now() - since);
  say(`                   both certified after ${waited} ms:`);
  for (const line of proof.report().trimEnd().split("\n")) say(`     ${line}`);
}
