// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { describe, expect, test } from "vitest";
import { makeCold } from "./support/cold.ts";
import { useServices } from "./support/fixture.ts";
import { problem } from "./support/problem.ts";
import { Skeptic, textOf } from "./support/skeptic.ts";
import { attestedKey } from "./support/verify.ts";

const startService = useServices();
const start = () => startService({ allowAttacks: true });

describe("without a lie", () => {
  test("a service that may lie is as honest as any", async () => {
    const skeptic = await Skeptic.connect(start());
    for (const told of [await skeptic.put("a", "1"), await skeptic.get("a")]) {
      expect(await skeptic.verdict(told)).toBe("certified");
    }
  });
});

describe("tamper", () => {
  test("the next read is told the forged value, and the monitor accuses", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    await skeptic.attack("tamper", "a");
    await skeptic.put("a", "100");
    await skeptic.get("b");
    expect(textOf(await skeptic.get("a"))).toBe("000");
    await expect(service.engine.closeEpoch()).rejects.toMatchObject({ code: "monitor_failed" });
    const { violations } = (await service.app.inject({ url: "/v1/violations" })).json();
    expect(skeptic.checkOf(violations[0])).toBe("A.hash");
  });

  test("a record in the tree is refused as soon as it is touched", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    await makeCold(service.engine, "a");
    await skeptic.attack("tamper", "a");
    const response = await service.app.inject({ url: "/v1/kv/a" });
    expect(problem(response)).toEqual([503, "monitor_failed"]);
    expect(skeptic.checkOf(response.json().violation)).toBe("M.hash");
  });
});

describe("stale read", () => {
  test("with an honest log, only the receipt gives it away", async () => {
    const skeptic = await Skeptic.connect(start());
    await skeptic.attack("stale-read", "a", "honest-log");
    await skeptic.put("a", "old");
    await skeptic.put("a", "new");
    const told = await skeptic.get("a");
    expect(textOf(told)).toBe("old");
    expect(await skeptic.verdict(told)).toBe("path");
    const honest = await skeptic.get("a");
    expect([textOf(honest), await skeptic.verdict(honest)]).toEqual(["new", "certified"]);
  });

  test("an absence may be stale, too", async () => {
    const skeptic = await Skeptic.connect(start());
    await skeptic.put("a", "1");
    await skeptic.attack("stale-read", "a");
    const told = await skeptic.get("a");
    expect([textOf(told), await skeptic.verdict(told)]).toEqual([null, "path"]);
  });

  test("with a log that repeats it, the monitor accuses", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    await skeptic.put("a", "old");
    await skeptic.put("a", "new");
    await skeptic.attack("stale-read", "a", "lying-log");
    expect(textOf(await skeptic.get("a"))).toBe("old");
    await expect(service.engine.closeEpoch()).rejects.toMatchObject({ code: "monitor_failed" });
  });
});

describe("replay", () => {
  test("an old answer has the receipt of another request", async () => {
    const skeptic = await Skeptic.connect(start());
    await skeptic.put("a", "old");
    await skeptic.attack("replay", "a");
    await skeptic.put("a", "new");
    const told = await skeptic.get("a");
    expect(textOf(told)).toBe("old");
    expect(await skeptic.verdict(told)).toBe("request id");
  });
});

describe("drop", () => {
  test("a write that never ran has no receipt", async () => {
    const skeptic = await Skeptic.connect(start());
    await skeptic.put("a", "1");
    await skeptic.attack("drop", "a");
    const told = await skeptic.put("a", "2");
    expect(told.result).toEqual(Buffer.of(1));
    expect(await skeptic.verdict(told)).toBe("receipt_unknown");
    expect(textOf(await skeptic.get("a"))).toBe("1");
  });
});

describe("a second instance", () => {
  test("rollback serves older data with the certificates of a fresh key", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    await skeptic.put("b", "kept");
    await skeptic.put("a", "old");
    await skeptic.put("a", "new");
    await skeptic.attack("rollback", "a");
    const told = await skeptic.get("a");
    expect([textOf(told), textOf(await skeptic.get("b"))]).toEqual(["old", "kept"]);
    expect(await skeptic.verdict(told)).toBe("signature");
    expect(equalBytes(await attestedKey(service.app), skeptic.publicKey)).toBe(false);
    const stranger = await Skeptic.connect(service);
    const seen = await stranger.get("a");
    expect([textOf(seen), await stranger.verdict(seen)]).toEqual(["old", "certified"]);
  });

  test("fork serves present data with the certificates of a fresh key", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    await skeptic.put("a", "old");
    await skeptic.put("a", "new");
    await service.engine.closeEpoch();
    await skeptic.attack("fork", "a");
    const told = await skeptic.get("a");
    expect([textOf(told), await skeptic.verdict(told)]).toEqual(["new", "signature"]);
  });

  test("ends the streams and waits of the first", async () => {
    const service = start();
    const skeptic = await Skeptic.connect(service);
    const { requestId } = await skeptic.put("a", "1");
    const stream = await service.app.inject({ url: "/v1/epochs/stream", payloadAsStream: true });
    const ended = new Promise((resolve) => stream.stream().on("end", resolve).resume());
    const waiting = service.app.inject({ url: `/v1/receipts/${requestId}?wait=30000` });
    while (service.clock.waiting < 2) await new Promise((resolve) => setImmediate(resolve));
    await skeptic.attack("fork", "a");
    await ended;
    expect((await waiting).json().code).toBe("receipt_unknown");
  });
});

describe("GET /v1/attacks", () => {
  test("says whether a service lies on demand, and how", async () => {
    const ask = async ({ app }: ReturnType<typeof start>) =>
      (await app.inject({ url: "/v1/attacks" })).json();
    const attacks = ["tamper", "stale-read", "replay", "drop", "rollback", "fork"];
    expect(await ask(start())).toEqual({ allowed: true, attacks });
    expect(await ask(startService())).toEqual({ allowed: false, attacks });
  });
});

describe("POST /v1/attacks/{name}", () => {
  test("an honest service does not lie", async () => {
    const { app } = startService();
    const post = (payload: unknown) =>
      app.inject({ method: "POST", url: "/v1/attacks/tamper", payload: payload as object });
    expect(problem(await post({ key: "a" }))).toEqual([403, "attacks_disabled"]);
    expect(problem(await post({}))).toEqual([403, "attacks_disabled"]);
  });

  test("what is no attack is refused", async () => {
    const { app } = start();
    const post = (name: string, payload: object) =>
      app.inject({ method: "POST", url: `/v1/attacks/${name}`, payload });
    expect(problem(await post("bribe", { key: "a" }))).toEqual([404, "unknown_attack"]);
    expect(problem(await post("tamper", {}))).toEqual([400, "invalid_request"]);
    const wrong = { key: "a", mode: "loud" };
    expect(problem(await post("tamper", wrong))).toEqual([400, "invalid_request"]);
    const armed = await post("stale-read", { key: "a", mode: "lying-log" });
    expect(armed.json()).toMatchObject({ attack: "stale-read", armed: true });
  });
});
