// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { ZetaError } from "@zeta/protocol/error";
import { applyKvRecord, encodeKvResult, type KvRecordOperation } from "@zeta/protocol/kv";
import { describe, expect, test } from "vitest";
import { callOf, freshId, getCall, putCall } from "./support/calls.ts";
import { useServices } from "./support/fixture.ts";
import { problem } from "./support/problem.ts";
import { Random } from "./support/random.ts";
import { attestedKey, judge } from "./support/verify.ts";

const start = useServices();

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("calls", () => {
  test("run in order and answer with epoch and thread", async () => {
    const { engine } = start();
    const [put, got] = await engine.execute([putCall("a", "1"), getCall("a")]);
    expect(put).toMatchObject({ epoch: 0, thread: 0, result: Uint8Array.of(0) });
    expect(Buffer.from(got!.result).toString()).toBe("\u00011");
  });

  test("500 at once are each answered with their own value, and certified", async () => {
    const { app, engine } = start();
    const keys = Array.from({ length: 500 }, (_, i) => `key ${i % 50}`);
    await engine.execute(keys.map((key) => putCall(key, `value of ${key}`)));
    const asked = keys.map((key) => ({ key, call: getCall(key) }));
    const answers = await Promise.all(asked.map(({ call }) => engine.execute([call])));
    await engine.closeEpoch();
    const publicKey = await attestedKey(app);
    for (const [i, [answer]] of answers.entries()) {
      const { key, call } = asked[i]!;
      expect(Buffer.from(answer!.result.subarray(1)).toString()).toBe(`value of ${key}`);
      const question: KvRecordOperation = { operation: "get", key: utf8(key) };
      const told = { requestId: call.requestId!, question, result: answer!.result };
      expect(judge(told, (await engine.receipt(call.requestId!))!, publicKey)).toBe("certified");
    }
  });

  test("a request id is taken once: within a batch, while queued, and afterwards", async () => {
    const { engine } = start();
    const id = freshId();
    const twice = engine.execute([getCall("a", id), getCall("b", id)]);
    await expect(twice).rejects.toMatchObject({ code: "duplicate_request_id" });
    const first = engine.execute([putCall("a", "1", id)]);
    const refused = { code: "duplicate_request_id" };
    await expect(engine.execute([putCall("a", "2", id)])).rejects.toMatchObject(refused);
    await first;
    await expect(engine.execute([putCall("a", "3", id)])).rejects.toMatchObject(refused);
    const [got] = await engine.execute([getCall("a")]);
    expect(Buffer.from(got!.result).toString()).toBe("\u00011");
  });

  test("the queue holds exactly its limit", async () => {
    const { engine } = start({ queuedCallsMax: 3, queuedBytesMax: 100 });
    const three = engine.execute([getCall("a"), getCall("b"), getCall("c")]);
    const busy = { code: "too_many_requests" };
    await expect(engine.execute([getCall("d")])).rejects.toMatchObject(busy);
    expect(await three).toHaveLength(3);
    expect(await engine.execute([getCall("x".repeat(100))])).toHaveLength(1);
    await expect(engine.execute([getCall("x".repeat(101))])).rejects.toMatchObject(busy);
  });

  test("calls are refused while an epoch is full of receipts, and run after its certificate", async () => {
    const { engine } = start({ receiptsMax: 2 });
    await engine.execute([getCall("a"), getCall("b")]);
    await expect(engine.execute([getCall("c")])).rejects.toMatchObject({
      code: "too_many_requests",
    });
    await engine.closeEpoch();
    expect(await engine.execute([getCall("c")])).toHaveLength(1);
  });
});

describe("epochs", () => {
  test("close when the clock says so, and are certified one after the other", async () => {
    const { engine, clock } = start({ epochMs: 1000 });
    clock.advance(999);
    expect(engine.instance.store.epoch).toBe(0);
    clock.advance(1);
    expect(engine.instance.store.epoch).toBe(1);
    await turn();
    expect(engine.instance.certificates.latest).toBe(0);
    for (let i = 0; i < 3; i++) {
      clock.advance(1000);
      await turn();
    }
    expect(engine.instance.certificates.latest).toBe(3);
  });

  test("calls run in the next epoch while one closes in slices", async () => {
    const { engine } = start({ slots: 8 });
    const calls = Array.from({ length: 5000 }, (_, i) => putCall(`key ${i}`, "v"));
    for (let at = 0; at < calls.length; at += 2500)
      await engine.execute(calls.slice(at, at + 2500));
    const closed = engine.closeEpoch();
    const [during] = await engine.execute([getCall("key 7")]);
    expect(during!.epoch).toBe(1);
    expect(engine.instance.store.closing).toBe(0);
    expect(engine.instance.certificates.latest).toBeNull();
    expect(await closed).toBe(0);
    expect(await engine.closeEpoch()).toBe(1);
  });

  const SEED = 41;
  test(`random work over ten epochs agrees with a map and is certified, seed ${SEED}`, async () => {
    const { app, engine } = start({ slots: 16 });
    const random = new Random(SEED);
    const model = new Map<string, Uint8Array>();
    const told: { requestId: string; question: KvRecordOperation; result: Uint8Array }[] = [];
    for (let epoch = 0; epoch < 10; epoch++) {
      for (let batch = 0; batch < 5; batch++) {
        const questions = Array.from({ length: 20 }, () => randomOperation(random));
        const calls = questions.map((question) => callOf(question));
        const answers = await engine.execute(calls);
        for (const [i, question] of questions.entries()) {
          const name = Buffer.from(question.key).toString("hex");
          const { result, after } = applyKvRecord(question, model.get(name) ?? null);
          expect(answers[i]!.result).toEqual(encodeKvResult(result));
          if (after === null) model.delete(name);
          else model.set(name, after);
          told.push({ requestId: calls[i]!.requestId!, question, result: answers[i]!.result });
        }
      }
      expect(await engine.closeEpoch()).toBe(epoch);
    }
    const publicKey = await attestedKey(app);
    for (const one of told) {
      expect(judge(one, (await engine.receipt(one.requestId))!, publicKey)).toBe("certified");
    }
  });
});

function randomOperation(random: Random): KvRecordOperation {
  const key = utf8(`key ${random.below(60)}`);
  const kind = random.below(4);
  if (kind === 0) return { operation: "delete", key };
  if (kind === 1) return { operation: "get", key };
  return { operation: "put", key, value: random.bytes(random.below(300)) };
}

describe("the end", () => {
  test("queued calls are answered and the last epoch is certified", async () => {
    const { engine } = start({ epochMs: 1000 });
    const id = freshId();
    const queued = engine.execute([putCall("a", "1", id)]);
    const closed = engine.close(1000);
    await expect(engine.execute([getCall("a")])).rejects.toMatchObject({ code: "shutting_down" });
    expect(await queued).toHaveLength(1);
    await closed;
    expect((await engine.receipt(id))?.status).toBe("certified");
  });

  test("a bad argument is refused alone, although nobody should have sent it", async () => {
    const { engine } = start();
    const wrong = { function: 77, argument: new Uint8Array(0), requestId: null };
    const good = engine.execute([putCall("a", "1")]);
    await expect(engine.execute([wrong])).rejects.toMatchObject({ code: "R.fid" });
    expect(await good).toHaveLength(1);
    expect(await engine.closeEpoch()).toBe(0);
  });

  test("a broken assumption of the store ends the service for calls, and is told", async () => {
    const faults: Error[] = [];
    const { app, engine } = start({ onFault: (error) => faults.push(error) });
    engine.instance.store.executeBatch = () => {
      throw new ZetaError("assertion", "the impossible");
    };
    await expect(engine.execute([getCall("a")])).rejects.toMatchObject({ code: "assertion" });
    expect(faults).toHaveLength(1);
    expect(problem(await app.inject({ url: "/v1/kv/a" }))).toEqual([500, "internal_error"]);
    const ready = await app.inject({ url: "/readyz" });
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: "fault" }]);
  });
});
