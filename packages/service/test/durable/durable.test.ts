// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { decodeCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { fromHex } from "@zeta/protocol/hex";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadAppService } from "../../src/app-service.ts";
import type { Engine } from "../../src/engine.ts";
import { callOf, freshId, getCall, putCall } from "../support/calls.ts";
import { type DurableService, startDurable } from "../support/durable.ts";
import { crash, running, start, stop, stopAll } from "../support/durable-lives.ts";
import { Random } from "../support/random.ts";

const SEED = 20261121;

afterEach(stopAll);

async function textAt(engine: Engine, key: string): Promise<string | null> {
  const [answer] = await engine.execute([getCall(key)]);
  const { result } = answer!;
  return result[0] === 1 ? Buffer.from(result.subarray(1)).toString() : null;
}

function certificateOf({ engine }: DurableService, epoch: number) {
  const bytes = engine.instance.certificates.get(epoch);
  if (bytes === null) throw new Error(`no certificate of epoch ${epoch}`);
  return decodeCertificate(bytes).certificate;
}

describe("a service that is stopped and started again", () => {
  test("has its data, and names the instance that it continues", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await first.engine.execute([putCall("a", "1"), putCall("b", "2"), getCall("absent")]);
    await first.engine.closeEpoch();
    await first.engine.execute([putCall("b", "3")]);
    await stop(first);
    const { certificates, attestation } = first.engine.instance;
    const last = decodeCertificate(certificates.get(certificates.latest!)!);

    const second = await start(place);
    expect(second.facts).toMatchObject({ records: 3, calls: 0, ancestors: 1 });
    expect(await textAt(second.engine, "a")).toBe("1");
    expect(await textAt(second.engine, "b")).toBe("3");
    expect(await textAt(second.engine, "absent")).toBe(null);
    const epoch = await second.engine.closeEpoch();
    expect(epoch).toBe(last.certificate.epoch + 1);

    const [ancestor] = second.engine.instance.lineage;
    expect(equalBytes(ancestor!.attestation.publicKey, attestation.publicKey)).toBe(true);
    const signed = decodeCheckpoint(ancestor!.checkpoint);
    expect(verifyCheckpoint(signed, attestation.publicKey)).toBe(true);
    expect(signed.checkpoint.previous).toEqual(last.hash);
    const certificate = certificateOf(second, epoch);
    expect(certificate.origin).toEqual(signed.hash);
    expect(certificate.previous).toEqual(signed.hash);
    expect(certificate.operations).toBe(last.certificate.operations + 3n);
  });

  test("begins from nothing once: even the first crash finds a checkpoint", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    expect(certificateOf(first, 0).origin).toEqual(NO_ORIGIN);
    crash(place);
    const second = await start(place);
    expect(second.engine.instance.lineage).toHaveLength(1);
    await second.engine.closeEpoch();
    expect(certificateOf(second, 1).origin).not.toEqual(NO_ORIGIN);
  });

  test("shows its lineage over HTTP", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await first.engine.execute([putCall("a", "1")]);
    await stop(first);
    const { app, engine } = await start(place);
    const lineage = (await app.inject({ url: "/v1/lineage" })).json();
    expect(lineage).toMatchObject({ format: "zeta.lineage", version: 1 });
    expect(lineage.ancestors).toHaveLength(1);
    const { hash } = decodeCheckpoint(fromHex(lineage.ancestors[0].checkpoint));
    await engine.closeEpoch();
    const latest = (await app.inject({ url: "/v1/epochs/latest" })).json();
    expect(decodeCertificate(fromHex(latest.certificate)).certificate.origin).toEqual(hash);
  });

  test("streams certificates from the first epoch on, those of the instance before, too", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await first.engine.execute([putCall("a", "1")]);
    await stop(first);
    const second = await start(place);
    const stream = second.app.inject({ url: "/v1/epochs/stream?from=0" });
    await second.engine.closeEpoch();
    await second.engine.closeEpoch();
    await stop(second);
    const ids = [...(await stream).body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual([0, 1, 2, 3, 4]);
  });

  test("a restart without calls makes the lineage no longer", async () => {
    const place = new MemoryPlace();
    for (let i = 0; i < 3; i++) {
      const service = await start(place);
      await service.engine.closeEpoch();
      await stop(service);
    }
    const { engine, facts } = await start(place);
    expect(facts.ancestors).toBe(1);
    // Each start and each end took an epoch of its own, and none was used twice.
    expect(engine.instance.epoch).toBe(1 + 3 * 2);
  });

  test("lists its keys, those that went before the last checkpoint not among them", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await first.engine.execute(["a", "b", "c"].map((key) => putCall(key, "1")));
    await stop(first);
    const second = await start(place);
    await second.engine.execute([callOf({ operation: "delete", key: utf8("b") })]);
    await second.engine.execute([putCall("d", "1")]);
    await stop(second);
    const { catalogue } = await start(place);
    const { keys } = catalogue.step(0, 100);
    expect(keys.map(String).sort()).toEqual(["a", "c", "d"]);
    expect(catalogue.isComplete).toBe(true);
  });
});

describe("a service in TypeScript", () => {
  const FILE = new URL("../../../client/test/fixtures/ledger.ts", import.meta.url);
  let code: string;
  beforeAll(async () => {
    code = await bundleService(fileURLToPath(FILE));
  });

  async function open(place: MemoryPlace, text = code): Promise<DurableService> {
    const service = loadAppService(text);
    const serviceId = service.program.manifest.name;
    const started = await startDurable(await place.open({ serviceId }), service);
    running.push(started);
    return started;
  }

  /** The balance afterwards. */
  async function deposit({ app }: DurableService, amount: number): Promise<number> {
    const payload = { id: 1, amount, mark: "" };
    const answer = await app.inject({ method: "POST", url: "/v1/ops/deposit", payload });
    return answer.json().result.balance;
  }

  test("goes on after a crash and after a stop", async () => {
    const place = new MemoryPlace();
    const first = await open(place);
    expect(await deposit(first, 5)).toBe(5);
    await first.engine.closeEpoch();
    crash(place);
    const second = await open(place);
    expect(second.facts.calls).toBe(1);
    await stop(second);
    expect(await deposit(await open(place), 2)).toBe(7);
  });

  test("with other code goes on after a stop, and not with calls that ran on the old one", async () => {
    const place = new MemoryPlace();
    const first = await open(place);
    await deposit(first, 5);
    await first.engine.closeEpoch();
    crash(place);
    const other = `${code}\n// another release`;
    await expect(open(place, other)).rejects.toMatchObject({ code: "journal_of_other_code" });
    place.crash();
    await stop(await open(place));
    const second = await open(place, other);
    // Its own checkpoint comes at once: whatever is in the journal from now on ran on this code.
    expect(second.facts.ancestors).toBe(2);
    expect(await deposit(second, 1)).toBe(6);
    await second.engine.closeEpoch();
    crash(place);
    const third = await open(place, other);
    expect(third.facts).toMatchObject({ ancestors: 3, calls: 1 });
    expect(await deposit(third, 1)).toBe(7);
  });
});

describe("a service that crashed", () => {
  test("certifies the same epochs with the same content, and has the same receipts", async () => {
    const place = new MemoryPlace();
    const random = new Random(SEED);
    const model = new Map<string, string>();
    const first = await start(place);
    const ids: string[] = [];
    for (let epoch = 1; epoch < 8; epoch++) {
      for (let call = 0; call < 30; call++) {
        const [key, id] = [`key ${random.below(40)}`, freshId()];
        const isPut = random.below(2) === 0;
        const value = `${epoch}.${call}`;
        await first.engine.execute([isPut ? putCall(key, value, id) : getCall(key, id)]);
        if (isPut) model.set(key, value);
        ids.push(id);
      }
      await first.engine.closeEpoch();
    }
    const receipts = await Promise.all(ids.map((id) => first.engine.receipt(id)));
    const before = Array.from({ length: 7 }, (_, i) => certificateOf(first, i + 1));
    crash(place);

    const second = await start(place);
    expect(second.facts).toMatchObject({ calls: 210, epochs: 7 });
    for (const { epoch, operations, threads } of before) {
      expect(certificateOf(second, epoch)).toMatchObject({ operations, threads });
    }
    for (const [i, id] of ids.entries()) {
      const [told, again] = [receipts[i], await second.engine.receipt(id)];
      if (told?.status !== "certified" || again?.status !== "certified") throw new Error(id);
      expect(again.receipt).toBe(told.receipt);
    }
    for (const [key, value] of model) expect(await textAt(second.engine, key)).toBe(value);
  });

  test.each([{ epochs: 3 }, { bytes: 200 }])("has a short journal: %j", async (limits) => {
    const place = new MemoryPlace();
    const first = await start(place, limits);
    for (let i = 0; i < 20; i++) {
      await first.engine.execute([putCall(`key ${i}`, `${i}`)]);
      await first.engine.closeEpoch();
    }
    crash(place);
    const second = await start(place);
    expect(second.facts.calls).toBeLessThan(10);
    expect(second.facts.records + second.facts.calls).toBe(20);
    for (let i = 0; i < 20; i++) expect(await textAt(second.engine, `key ${i}`)).toBe(`${i}`);
  });

  test("has lost at most what was not certified", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await first.engine.execute([putCall("a", "certified")]);
    await first.engine.closeEpoch();
    place.holdWrites();
    await first.engine.execute([putCall("a", "provisional")]);
    crash(place);
    const second = await start(place);
    expect(await textAt(second.engine, "a")).toBe("certified");
  });

  test("over and over, between checkpoints, loses nothing that was certified", async () => {
    const place = new MemoryPlace();
    const random = new Random(SEED + 1);
    const model = new Map<string, string>();
    for (let life = 0; life < 12; life++) {
      const service = await start(place);
      for (const [key, value] of model) expect(await textAt(service.engine, key)).toBe(value);
      const epochs = random.below(4);
      for (let epoch = 0; epoch < epochs; epoch++) {
        const key = `key ${random.below(10)}`;
        await service.engine.execute([putCall(key, `${life}.${epoch}`)]);
        await service.engine.closeEpoch();
        model.set(key, `${life}.${epoch}`);
      }
      if (random.below(2) === 0) crash(place);
      else await stop(service);
    }
  });
});

describe("certified implies durable", () => {
  test("an epoch is not certified while its calls are being written", async () => {
    const place = new MemoryPlace();
    const { engine } = await start(place);
    await engine.execute([putCall("a", "1")]);
    place.holdWrites();
    let isCertified = false;
    const closing = engine.closeEpoch().then(() => {
      isCertified = true;
    });
    // Calls of the next epoch go on meanwhile.
    for (let i = 0; i < 20; i++) await engine.execute([putCall("b", `${i}`)]);
    expect(isCertified).toBe(false);
    expect(engine.instance.certificates.latest).toBe(0);
    place.letWrite();
    await closing;
    expect(engine.instance.certificates.latest).toBe(1);
  });

  test("when the storage fails nothing is certified any more, and calls are refused", async () => {
    const place = new MemoryPlace();
    const { engine, app } = await start(place);
    await engine.execute([putCall("a", "1")]);
    place.failNextWrite(new Error("the disk is full"));
    await engine.execute([putCall("a", "2")]);
    await expect(engine.closeEpoch()).rejects.toMatchObject({ code: "storage_failed" });
    expect(engine.instance.certificates.latest).toBe(0);
    const answer = await app.inject({ method: "PUT", url: "/v1/kv/a", payload: "3" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json().code).toBe("storage_failed");
    running.pop();
    place.crash();
    expect(await textAt((await start(place)).engine, "a")).not.toBe("3");
  });
});
