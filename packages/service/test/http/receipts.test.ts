// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { KvOperation } from "@zeta/protocol/kv";
import { describe, expect, test } from "vitest";
import { RECEIPT_IDS_MAX, WAIT_MS_MAX } from "../../src/limits.ts";
import { freshId, getCall, putCall } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import { attestedKey, judge } from "../support/verify.ts";

const start = useServices();

describe("GET /v1/receipts/{id}", () => {
  test("is provisional, then certified, and proves the answer that was told and no other", async () => {
    const { app, engine } = start();
    const put = await app.inject({ method: "PUT", url: "/v1/kv/a", payload: "1" });
    const id = String(put.headers["zeta-receipt"]);
    const receipt = async () =>
      (await app.inject({ url: `/v1/receipts/${id}` })).json<ReceiptAnswer>();
    expect(await receipt()).toEqual({
      status: "provisional",
      requestId: id,
      epoch: 0,
      thread: 0,
    });
    await engine.execute([getCall("a"), getCall("b"), putCall("c", "2")]);
    await engine.closeEpoch();
    const answer = await receipt();
    const publicKey = await attestedKey(app);
    const question: KvOperation = { operation: "put", key: utf8("a"), value: utf8("1") };
    const told = { requestId: id, question, result: Uint8Array.of(0) };
    expect(judge(told, answer, publicKey)).toBe("certified");
    expect(judge({ ...told, result: Uint8Array.of(1) }, answer, publicKey)).toBe("path");
    const other: KvOperation = { ...question, value: utf8("2") };
    expect(judge({ ...told, question: other }, answer, publicKey)).toBe("path");
  });

  test("an absence has a receipt, too", async () => {
    const { app, engine } = start();
    const got = await app.inject({ url: "/v1/kv/nobody" });
    expect(got.statusCode).toBe(404);
    await engine.closeEpoch();
    const id = String(got.headers["zeta-receipt"]);
    const answer = (await app.inject({ url: `/v1/receipts/${id}` })).json<ReceiptAnswer>();
    const question: KvOperation = { operation: "get", key: utf8("nobody") };
    const told = { requestId: id, question, result: Uint8Array.of(0) };
    expect(judge(told, answer, await attestedKey(app))).toBe("certified");
  });

  test("waits for certification when asked to", async () => {
    const { app, engine } = start();
    const id = freshId();
    await engine.execute([putCall("a", "1", id)]);
    const waiting = app.inject({ url: `/v1/receipts/${id}?wait=${WAIT_MS_MAX}` });
    await new Promise((resolve) => setImmediate(resolve));
    await engine.closeEpoch();
    expect((await waiting).json().status).toBe("certified");
  });

  test("waits no longer than asked to", async () => {
    const { app, engine, clock } = start();
    const id = freshId();
    await engine.execute([putCall("a", "1", id)]);
    const waiting = app.inject({ url: `/v1/receipts/${id}?wait=500` });
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(500);
    expect((await waiting).json().status).toBe("provisional");
    expect(clock.waiting).toBe(0);
  });

  test("what cannot be is refused", async () => {
    const { app } = start();
    const of = async (path: string) => problem(await app.inject({ url: `/v1/receipts/${path}` }));
    expect(await of(freshId())).toEqual([404, "receipt_unknown"]);
    expect(await of("00")).toEqual([400, "invalid_request"]);
    expect(await of(`${freshId()}?wait=${WAIT_MS_MAX + 1}`)).toEqual([400, "invalid_request"]);
    expect(await of(`${freshId()}?wait=-1`)).toEqual([400, "invalid_request"]);
    expect(await of(`${freshId()}?weight=1`)).toEqual([400, "invalid_request"]);
  });

  test("one that is too old is unknown, and the answer says how long they are kept", async () => {
    const { app, engine } = start({ receiptEpochsMax: 1 });
    const id = freshId();
    await engine.execute([putCall("a", "1", id)]);
    await engine.closeEpoch();
    await engine.closeEpoch();
    const response = await app.inject({ url: `/v1/receipts/${id}` });
    expect(problem(response)).toEqual([404, "receipt_unknown"]);
    expect(response.json().detail).toContain("kept for 1 epochs");
  });
});

describe("POST /v1/receipts", () => {
  test("answers many at once, unknown ones included", async () => {
    const { app, engine } = start();
    const [a, b, c] = [freshId(), freshId(), freshId()];
    await engine.execute([putCall("a", "1", a)]);
    await engine.closeEpoch();
    await engine.execute([getCall("a", b)]);
    const payload = { ids: [a, b, c] };
    const { receipts } = (
      await app.inject({ method: "POST", url: "/v1/receipts", payload })
    ).json();
    expect(receipts.map(({ status }: { status: string }) => status)).toEqual([
      "certified",
      "provisional",
      "unknown",
    ]);
    expect(receipts[2]).toEqual({ status: "unknown", requestId: c });
  });

  test("takes exactly the limit of ids", async () => {
    const { app } = start();
    const ids = Array.from({ length: RECEIPT_IDS_MAX }, freshId);
    const post = (payload: object) => app.inject({ method: "POST", url: "/v1/receipts", payload });
    expect((await post({ ids })).json().receipts).toHaveLength(RECEIPT_IDS_MAX);
    expect(problem(await post({ ids: [...ids, freshId()] }))).toEqual([400, "invalid_request"]);
    expect(problem(await post({ ids: ["x"] }))).toEqual([400, "invalid_request"]);
    expect(problem(await post({ ids, more: 1 }))).toEqual([400, "invalid_request"]);
  });
});
