// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { codeHash } from "@zeta/app/sandbox/load-program";
import { toHex } from "@zeta/protocol/hex";
import { startService } from "@zeta/service/serve";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../src/connect.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import ledger from "./fixtures/ledger.ts";

const code = await bundleService(fileURLToPath(new URL("./fixtures/ledger.ts", import.meta.url)));
const serviceCode = toHex(codeHash(code));
const mark = Uint8Array.of(7);

async function start(threads: number, service: boolean) {
  const running = await startService({
    ...{ port: 0, epochMs: 20, processMetrics: false, threads },
    ...{ slots: 128, valueMemoryBytes: 32 << 20 },
    ...(service && { serviceCode: code }),
  });
  const trust = { simulation: true, ...(service && { serviceCode }) };
  const client = await connect(running.url, { trust });
  onTestFinished(async () => {
    client.close();
    await running.close();
  });
  return { client, running, trust };
}

describe("a client of a service on several threads", () => {
  test.each([2, 3])("has the answers of %d threads certified", async (threads) => {
    const { client, trust } = await start(threads, false);
    const seen = new Set<number>();
    for (let i = 0; i < 40; i++) {
      await client.put(`key ${i}`, String(i));
      const got = await client.get(`key ${i}`);
      expect(String(got.value)).toBe(String(i));
      seen.add(got.thread);
      const proof = await got.certified();
      const verdict = await verifyEvidence(JSON.parse(JSON.stringify(proof.evidence())), trust);
      expect(verdict.verdict).toBe("certified");
    }
    expect(seen.size).toBe(threads);
  });

  test("moves money between accounts of different threads, and makes none", async () => {
    const { client, running } = await start(2, true);
    const bank = client.service(ledger);
    const ids = Array.from({ length: 20 }, (_, id) => id);
    for (const id of ids) await bank.deposit({ id, amount: 100, mark });
    const moves = ids.flatMap((from) =>
      ids.slice(0, 8).map((to) => ({ from, to: (from + to + 1) % 20, amount: 1 + to })),
    );
    const answers = await Promise.allSettled(moves.map((move) => bank.transfer(move)));
    const done = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(done.length).toBeGreaterThan(100);
    for (const answer of done) await answer.certified();
    const total = await bank.total({ count: 20 });
    expect(total.result.sum).toBe(2000);
    await total.certified();
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    for (const thread of [0, 1]) {
      expect(metrics).toMatch(new RegExp(`zeta_thread_calls\\{thread="${thread}"\\} [1-9]`));
    }
  });

  test("hears why a call did not happen as from one thread", async () => {
    const { client } = await start(2, true);
    const bank = client.service(ledger);
    const refused = (check: string) => expect.objectContaining({ code: "service_error", check });
    for (let id = 1; id < 8; id++) await bank.deposit({ id, amount: 10, mark });
    for (let id = 1; id < 8; id++) {
      await expect(bank.transfer({ from: id, to: 99, amount: 1 })).rejects.toEqual(
        refused("no_such_account"),
      );
      await expect(bank.transfer({ from: id, to: id, amount: 1 })).rejects.toEqual(
        refused("duplicate_record"),
      );
    }
    await expect(bank.spin({ id: 1 })).rejects.toEqual(refused("fuel_exhausted"));
    const { result } = await bank.deposit({ id: 1, amount: 1, mark });
    expect(result.balance).toBe(11);
  });
});
