// SPDX-License-Identifier: Apache-2.0
/** The commands that Redis does not have, and what a Redis client hears when the service lied. */
import { decodeCertificate } from "@zeta/protocol/certificate";
import { blake3Digest } from "@zeta/protocol/digest";
import type { KvOperation } from "@zeta/protocol/kv";
import { overwriteValue } from "@zeta/store/tampering";
import { expect, test } from "vitest";
import { RespError } from "../support/resp.ts";
import { startFront, type TestFront } from "../support/resp-front.ts";
import { attestedKey, judge } from "../support/verify.ts";

/** Pairs of a map as RESP2 has it. */
function pairs(answer: unknown): Record<string, unknown> {
  const list = answer as readonly unknown[];
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : [])));
}

/** What a skeptic finds who knows what was asked and told. */
async function found(
  { service }: TestFront,
  requestId: string,
  question: KvOperation,
  result: Uint8Array,
): Promise<string> {
  const answer = await service.engine.receipt(requestId);
  if (answer === null) return "unknown";
  return judge({ requestId, question, result }, answer, await attestedKey(service.app));
}

test("ZETA.RECEIPT names the calls of the last command, and their receipts bind what was told", async () => {
  const front = await startFront();
  const one = front.client();
  expect(await one.ask("ZETA.RECEIPT")).toEqual([]);
  await one.ask("SET a 41");
  const [put] = (await one.ask("ZETA.RECEIPT")) as unknown[];
  expect(pairs(put)).toMatchObject({ epoch: 0, thread: 0 });
  expect(await one.pipeline("INCR a", "PING")).toEqual([42, "PONG"]);
  const incr = ((await one.ask("ZETA.RECEIPT")) as unknown[]).map(pairs);
  expect(incr).toHaveLength(2);
  await front.service.engine.closeEpoch();
  const key = Buffer.from("a");
  const asked = { operation: "put", key, value: Buffer.from("41") } as const;
  const id = String(pairs(put).id);
  expect(await found(front, id, asked, Buffer.of(0))).toBe("certified");
  expect(await found(front, id, asked, Buffer.of(1))).not.toBe("certified");
  const [read, write] = incr.map((one) => String(one.id)) as [string, string];
  const told = Buffer.from("\x0141");
  expect(await found(front, read, { operation: "get", key }, told)).toBe("certified");
  const condition = { equals: blake3Digest(Buffer.from("41")) };
  const items = [{ key, condition, write: { put: Buffer.from("42") } }];
  const transact = { operation: "transact", items } as const;
  expect(await found(front, write, transact, Buffer.of(1))).toBe("certified");
});

test("ZETA.WAIT answers when all that the connection did is certified", async () => {
  const { client, service } = await startFront();
  const [one, other] = [client(), client()];
  expect(await one.ask("ZETA.WAIT 0")).toBeNull();
  await one.ask("SET a 1");
  const waiting = one.ask("ZETA.WAIT 30000");
  expect(pairs(await other.ask("ZETA.EPOCH"))).toEqual({ current: 0, certified: null });
  await service.engine.closeEpoch();
  expect(await waiting).toBe(0);
  expect(pairs(await other.ask("ZETA.EPOCH"))).toEqual({ current: 1, certified: 0 });
  await one.ask("GET a");
  const late = one.ask("ZETA.WAIT 5");
  while (service.clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  service.clock.advance(5);
  expect(await late).toBeNull();
  for (const [command, message] of [
    ["ZETA.WAIT -1", "ERR expected 0..30000 milliseconds, got -1"],
    ["ZETA.WAIT 30001", "ERR expected 0..30000 milliseconds, got 30001"],
    ["ZETA.WAIT x", "ERR value is not an integer or out of range"],
    ["ZETA.WAIT 1 2", "ERR wrong number of arguments for 'zeta.wait' command"],
  ] as const) {
    expect(await one.ask(command)).toEqual(new RespError(message));
  }
});

test("ZETA.CERTIFICATE gives the signed bytes", async () => {
  const { client, service } = await startFront();
  const one = client();
  await one.ask("SET a 1");
  await service.engine.closeEpoch();
  const bytes = Buffer.from(String(await one.ask("ZETA.CERTIFICATE 0")), "latin1");
  expect(decodeCertificate(bytes).certificate.epoch).toBe(0);
  expect(service.engine.instance.certificates.get(0)).toEqual(Uint8Array.from(bytes));
  expect(await one.ask("ZETA.CERTIFICATE 1")).toEqual(
    new RespError("ERR epoch_pending: expected a certified epoch, got 1"),
  );
  expect(await one.ask("ZETA.CERTIFICATE 2")).toEqual(
    new RespError("ERR epoch_unknown: expected an epoch from 0 to 1, got 2"),
  );
});

test("what was written over Redis is read over HTTP, and the other way round", async () => {
  const { client, service } = await startFront();
  const one = client();
  await one.ask("SET a 1");
  expect((await service.app.inject({ method: "GET", url: "/v1/kv/a" })).body).toBe("1");
  await service.app.inject({ method: "PUT", url: "/v1/kv/b", payload: "2" });
  expect(await one.ask("GET b")).toBe("2");
  expect(await one.ask("KEYS *")).toEqual(["a", "b"]);
});

test("a full store is OOM for the command that needs room, and hinders no other", async () => {
  const { client } = await startFront({ service: { recordsMax: 3 } });
  const answers = await client().pipeline("SET a 1", "SET b 1", "SET c 1", "SET d 1", "GET a");
  expect(answers.slice(0, 3)).toEqual(["OK", "OK", "OK"]);
  expect((answers[3] as RespError).message).toMatch(/^OOM store_full: /);
  expect(answers[4]).toBe("1");
  expect(((await client().ask("MSET a 2 d 1")) as RespError).message).toMatch(/^OOM store_full: /);
  expect(await client().ask("GET a")).toBe("1");
});

test("after a violation every data command says so, and the others go on", async () => {
  const { client, service, registry } = await startFront();
  const one = client();
  await one.ask("SET a 1");
  await service.engine.closeEpoch();
  overwriteValue(service.engine.instance.store, Buffer.from("a"), Buffer.from("9"));
  await one.ask("GET a");
  await service.engine.closeEpoch().catch(() => {});
  const told = await one.pipeline(
    ...["GET a", "SET a 1", "INCR a", "MGET a b", "WATCH a", "DEL a b", "ZETA.WAIT"],
  );
  for (const answer of told)
    expect((answer as RespError).message).toMatch(/^VIOLATION the monitor/);
  expect((await one.pipeline("MULTI", "GET a", "EXEC")).at(-1)).toBeInstanceOf(RespError);
  expect(await one.ask("PING")).toBe("PONG");
  expect(String(await one.ask("INFO zeta"))).toContain("zeta_violation:1");
  expect(await registry.metrics()).toMatch(/zeta_resp_errors_total 8\n/);
});
