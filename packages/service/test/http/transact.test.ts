// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import type { BatchAnswer, OperationAnswer, ReceiptAnswer } from "@zeta/protocol/http-api";
import type { KvTransact } from "@zeta/protocol/kv-transact";
import { TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import type { App } from "../../src/http/app-type.ts";
import { freshId } from "../support/calls.ts";
import { useServices } from "../support/fixture.ts";
import { problem } from "../support/problem.ts";
import { attestedKey, judge } from "../support/verify.ts";

const start = useServices();

function post(app: App, url: string, payload: object) {
  return app.inject({ method: "POST", url, payload });
}

const digest = (text: string) => toHex(blake3Digest(utf8(text)));
const transact = (...items: unknown[]) => ({ operation: "transact", encoding: "utf8", items });
const put = (key: string, value: string) => ({ operation: "put", encoding: "utf8", key, value });

describe("transact", () => {
  test("is an operation of a batch, in its order", async () => {
    const { app } = start();
    const swap = transact(
      { key: "a", condition: { equals: digest("1") }, write: "delete" },
      { key: "b", condition: "absent", write: { put: "1" } },
    );
    const operations = [
      put("a", "1"),
      swap,
      swap,
      { operation: "get", encoding: "utf8", key: "b" },
    ];
    const { results } = (await post(app, "/v1/ops", { operations })).json<BatchAnswer>();
    const told = results.map(({ result }) => [...Buffer.from(result, "base64")]);
    expect(told).toEqual([[0], [1], [0, 0], [1, 49]]);
  });

  test("alone, in base64, with a receipt for exactly this question", async () => {
    const { app, engine } = start();
    const requestId = freshId();
    const items = [{ key: "YQ==", condition: "absent", write: { put: "MQ==" } }, { key: "Yg==" }];
    const response = await post(app, "/v1/ops/transact", { requestId, items });
    expect(response.statusCode).toBe(200);
    const result = Buffer.from(response.json<OperationAnswer>().result, "base64");
    await engine.closeEpoch();
    const receipt = (await app.inject({ url: `/v1/receipts/${requestId}` })).json<ReceiptAnswer>();
    const question: KvTransact = {
      operation: "transact",
      items: [
        { key: utf8("a"), condition: "absent", write: { put: utf8("1") } },
        { key: utf8("b"), condition: "any", write: "keep" },
      ],
    };
    const publicKey = await attestedKey(app);
    expect(judge({ requestId, question, result }, receipt, publicKey)).toBe("certified");
    const other = { ...question, items: question.items.slice(0, 1) };
    expect(judge({ requestId, question: other, result }, receipt, publicKey)).toBe("path");
  });

  const many = Array.from({ length: TRANSACT_RECORDS_MAX + 1 }, (_, i) => ({
    key: String.fromCodePoint(0x100 + i),
  }));
  test.each<[string, unknown, string]>([
    ["no items", { operation: "transact" }, "invalid_request"],
    ["none", transact(), "invalid_request"],
    ["too many", transact(...many), "invalid_request"],
    ["no object", transact("a"), "invalid_request"],
    ["no key", transact({}), "invalid_request"],
    ["another member", transact({ key: "a", value: "1" }), "invalid_request"],
    ["a member of get", { ...transact({ key: "a" }), key: "a" }, "invalid_request"],
    ["an unknown condition", transact({ key: "a", condition: "equals" }), "invalid_request"],
    ["a short digest", transact({ key: "a", condition: { equals: "00" } }), "invalid_request"],
    [
      "two conditions",
      transact({ key: "a", condition: { equals: digest("1"), absent: true } }),
      "invalid_request",
    ],
    ["an unknown write", transact({ key: "a", write: "put" }), "invalid_request"],
    ["a number to put", transact({ key: "a", write: { put: 1 } }), "invalid_request"],
    ["descending keys", transact({ key: "b" }, { key: "a" }), "invalid_request"],
    ["a key twice", transact({ key: "a" }, { key: "a" }), "duplicate_record"],
    ["items for a get", { operation: "get", key: "YQ==", items: [] }, "invalid_request"],
  ])("%s is refused", async (_name, operation, code) => {
    const { app, engine } = start();
    const response = await post(app, "/v1/ops", { operations: [put("a", "1"), operation] });
    expect(problem(response)[1]).toBe(code);
    expect(engine.instance.store.recordCount).toBe(0);
  });

  test("more records than the monitor has slots are store_full, and the service goes on", async () => {
    const { app } = start({ slots: 8 });
    const items = many.slice(0, 6).map(({ key }) => ({ key, write: { put: "1" } }));
    const full = await post(app, "/v1/ops", { operations: [transact(...items)] });
    expect(problem(full)).toEqual([507, "store_full"]);
    const fits = await post(app, "/v1/ops", { operations: [transact(...items.slice(0, 5))] });
    expect(fits.statusCode).toBe(200);
  });
});
