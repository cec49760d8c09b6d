// SPDX-License-Identifier: Apache-2.0
import { verifyBatch } from "@zeta/monitor/verify-batch";
import { decodeBatchHeader } from "@zeta/protocol/batch";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { describe, expect, test } from "vitest";
import { createReferenceThread } from "../../../monitor/reference/thread.ts";
import type { Engine } from "../../src/engine.ts";
import { MemorySink, sealerFor, until } from "../support/batches.ts";
import { getCall, putCall } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { Random } from "../support/random.ts";

const start = useServices();

async function workFor(engine: Engine, random: Random, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const key = `key ${random.below(120)}`;
    const call = random.below(3) === 0 ? getCall(key) : putCall(key, `value ${i}`);
    await engine.execute([call]);
  }
}

describe("sealing batches", () => {
  test("every range of epochs becomes a batch that a monitor elsewhere verifies alone, in one chain", async () => {
    const sink = new MemorySink();
    const { sealer } = await sealerFor(sink, { epochs: 2 });
    const { engine } = start({ sealer });
    const random = new Random(7);
    for (let epoch = 0; epoch < 5; epoch++) {
      await workFor(engine, random, 40);
      expect(await engine.closeEpoch()).toBe(epoch);
      // While a batch is being written the next one only grows.
      await until(() => sink.batches.length === Math.floor((epoch + 1) / 2));
    }
    const last = await engine.execute([putCall("last", "words")]);
    expect(last[0]?.epoch).toBe(5);
    await engine.close(5000);

    expect(sink.isClosed).toBe(true);
    const headers = sink.batches.map(({ header }) => header);
    expect(
      headers.map(({ number, firstEpoch, lastEpoch }) => [number, firstEpoch, lastEpoch]),
    ).toEqual([
      [1, 0, 1],
      [2, 2, 3],
      [3, 4, 5],
    ]);
    // The live chain of certificates knows nothing of the batches.
    expect(engine.instance.certificates.latest).toBe(5);
    // The last first: no batch needs the one before.
    let next: string | null = null;
    for (const { header, data } of sink.batches.toReversed()) {
      expect(decodeBatchHeader(data).header).toEqual(header);
      const found = await verifyBatch(data);
      expect(found).toMatchObject({ number: header.number, service: "kv", epochs: 2 });
      expect(found.operations).toBe(header.number === 3 ? 41n : 80n);
      if (next !== null) expect(toHex(found.root)).toBe(next);
      next = toHex(found.previousRoot);
      const reference = await verifyBatch(data, { createThread: (o) => createReferenceThread(o) });
      expect(reference).toEqual(found);
    }
    expect(next).toBe(toHex(rootHash(EMPTY_ROOT_VALUE)));
  });

  test("calls that come while the store is sealed wait for it", async () => {
    const sink = new MemorySink();
    const { sealer } = await sealerFor(sink, { epochs: 1 });
    const { engine } = start({ sealer });
    await engine.execute(Array.from({ length: 300 }, (_, i) => putCall(`key ${i}`, "value")));
    const closed = engine.closeEpoch();
    const [answer] = await engine.execute([getCall("key 5")]);
    expect([await closed, answer?.epoch]).toEqual([0, 1]);
    expect(Buffer.from(answer?.result ?? []).toString()).toBe("\u0001value");
  });

  test("a batch ends early when its log is long", async () => {
    const sink = new MemorySink();
    const { sealer } = await sealerFor(sink, { epochs: 1000, logBytes: 5000 });
    const { engine } = start({ sealer });
    await engine.execute([putCall("a", "small")]);
    await engine.closeEpoch();
    await engine.execute([putCall("b", "x".repeat(6000))]);
    await engine.closeEpoch();
    await until(() => sink.batches.length === 1);
    await engine.execute([putCall("c", "small")]);
    await engine.closeEpoch();
    await engine.close(5000);
    const ranges = sink.batches.map(({ header }) => [header.firstEpoch, header.lastEpoch]);
    expect(ranges).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("while the sink is down the next batch grows; when it is full calls are refused; nothing is lost", async () => {
    const sink = new MemorySink();
    sink.fail = 1;
    const troubles: string[] = [];
    const { sealer, clock } = await sealerFor(sink, {
      epochs: 1,
      logBytesFull: 20_000,
      onTrouble: (error, batch) => troubles.push(`${batch}: ${(error as Error).message}`),
    });
    const { engine } = start({ sealer });
    await engine.execute([putCall("a", "1")]);
    await engine.closeEpoch();
    await until(() => clock.waiting > 0);
    expect(troubles).toEqual(["1: the sink is down"]);
    await engine.execute([putCall("b", "x".repeat(20_000))]);
    await engine.closeEpoch();
    const busy = { code: "too_many_requests" };
    await expect(engine.execute([getCall("a")])).rejects.toMatchObject(busy);
    clock.advance(500);
    await until(() => sink.batches.length === 1);
    await engine.closeEpoch();
    await until(() => sink.batches.length === 2);
    await engine.execute([getCall("a")]);
    await engine.close(5000);
    const ranges = sink.batches.map(({ header }) => [header.firstEpoch, header.lastEpoch]);
    expect(ranges).toEqual([
      [0, 0],
      [1, 2],
      [3, 3],
    ]);
    for (const { data } of sink.batches) await verifyBatch(data);
  });

  test("a sink that stays down at the end is given up, and the fault is told", async () => {
    const sink = new MemorySink();
    sink.fail = 100;
    const { sealer } = await sealerFor(sink, { epochs: 1 });
    const faults: string[] = [];
    const { engine } = start({ sealer, onFault: (error) => faults.push(error.message) });
    await engine.execute([putCall("a", "1")]);
    await engine.close(5000);
    expect(faults).toEqual(["the sink is down"]);
    expect(sink.batches).toEqual([]);
  });

  test("does not go on with the batches of another run", async () => {
    const sink = new MemorySink();
    const { sealer } = await sealerFor(sink, { epochs: 1 });
    const { engine } = start({ sealer });
    await engine.execute([putCall("a", "1")]);
    await engine.close(5000);
    await expect(sealerFor(sink)).rejects.toMatchObject({ code: "batches_present" });
  });
});
