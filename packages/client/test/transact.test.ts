// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { blake3Digest } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { startService } from "@zeta/service/serve";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../src/connect.ts";
import type { RecordChange } from "../src/transaction.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import type { ZetaClient } from "../src/zeta-client.ts";
import { connected, refusalFrom, TRUST } from "./support/connected.ts";
import { FakeService } from "./support/fake-service.ts";

const code = (expected: string) => expect.objectContaining({ code: expected });

async function judged(evidence: unknown, trust: object = TRUST) {
  return verifyEvidence(JSON.parse(JSON.stringify(evidence)), trust);
}

/** Moves an amount, unless one of the two accounts changes between the reads and the writes. */
async function move(zeta: ZetaClient, from: string, to: string, amount: number) {
  const [a, b] = [await zeta.get(from), await zeta.get(to)];
  return zeta.transact([
    { key: from, ifEquals: a.value, put: String(Number(a.value) - amount) },
    { key: to, ifEquals: b.value, put: String(Number(b.value) + amount) },
  ]);
}

describe("a transaction", () => {
  it("is certified as one step, and its evidence says what was compared and written", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("b", "10");
    const moved = await zeta.transact([
      { key: "b", ifEquals: "10", delete: true },
      { key: "a", ifAbsent: true, put: "10" },
      { key: "c" },
    ]);
    expect([moved.done, moved.failedAt]).toEqual([true, null]);
    service.closeEpoch();
    const proof = await moved.certified();
    expect(proof.done).toBe(true);
    const digest = toHex(blake3Digest(utf8("10"))).slice(0, 16);
    const asked = `"a" if absent = "10"; "b" if equal to 0x${digest}.., delete; "c", keep`;
    const { verdict, report } = await judged(proof.evidence());
    expect(verdict).toBe("certified");
    for (const text of [proof.report(), report()]) {
      expect(text).toContain(`question     transact ${asked}, request ${toHex(moved.requestId)}`);
      expect(text).toContain("told         done: every condition held, everything was written");
    }
    expect((await zeta.get("b")).value).toBeNull();
  });

  it("that is not done names the caller's own change, and proves that nothing was written", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("a", "1");
    const changes: RecordChange[] = [
      { key: "b", ifPresent: true, put: "2" },
      { key: "a", put: "3" },
    ];
    const failed = await zeta.transact(changes);
    expect([failed.done, failed.failedAt]).toEqual([false, 0]);
    service.closeEpoch();
    const proof = await failed.certified();
    expect(proof.done).toBe(false);
    expect(proof.report()).toContain(
      'told         not done: the condition on "b" did not hold, nothing was written',
    );
    expect(String((await zeta.get("a")).value)).toBe("1");
  });

  it("takes what was read as a condition, an absence too", async () => {
    const zeta = await connected(new FakeService());
    const nothing = await zeta.get("k");
    const first = await zeta.transact([{ key: "k", ifEquals: nothing.value, put: "1" }]);
    expect(first.done).toBe(true);
    const again = await zeta.transact([{ key: "k", ifEquals: nothing.value, put: "2" }]);
    expect(again.done).toBe(false);
    const read = await zeta.get("k");
    const last = await zeta.transact([{ key: "k", ifEquals: read.value, delete: true }]);
    expect(last.done).toBe(true);
  });

  it("with two conditions, two writes, no record or one record twice is refused before it is sent", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const { length } = service.requests;
    const invalid = code("invalid_transaction");
    const two = zeta.transact([{ key: "k", ifAbsent: true, ifEquals: "1" }]);
    await expect(two).rejects.toEqual(invalid);
    const both = zeta.transact([{ key: "k", put: "1", delete: true }]);
    await expect(both).rejects.toEqual(invalid);
    await expect(zeta.transact([])).rejects.toEqual(code("invalid_request"));
    const twice = zeta.transact([{ key: "k" }, { key: "k", put: "1" }]);
    await expect(twice).rejects.toEqual(code("duplicate_record"));
    expect(service.requests).toHaveLength(length);
  });
});

describe("a host that lies about a transaction", () => {
  const base64 = (...bytes: number[]) => Buffer.from(bytes).toString("base64");

  it.each([
    ["tells done where it was not", "2", [1]],
    ["tells not done where it was", "1", [0, 0]],
    ["blames another record", "2", [0, 1]],
  ])("%s: answer_mismatch", async (_lie, expected, told) => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("a", "1");
    service.lies.answer = (honest) => ({ ...honest, result: base64(...told) });
    const answer = await zeta.transact([
      { key: "a", ifEquals: expected, put: "3" },
      { key: "b", ifAbsent: true },
    ]);
    service.closeEpoch();
    const refusal = await refusalFrom(answer.certified());
    expect(refusal.code).toBe("answer_mismatch");
    const verdict = await judged(refusal.evidence);
    expect(verdict).toMatchObject({ verdict: "rejected", code: "answer_mismatch" });
  });

  it("answers with what no transaction over so many records can be told", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    for (const told of [[0, 2], [0], [1, 0], [2], []]) {
      service.lies.answer = (honest) => ({ ...honest, result: base64(...told) });
      const refusal = await refusalFrom(zeta.transact([{ key: "a" }, { key: "b" }]));
      expect([refusal.code, refusal.check]).toEqual(["service_error", "malformed_answer"]);
    }
  });

  it("acknowledges it and never runs it: receipt_missing", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.drop = () => true;
    const answer = await zeta.transact([{ key: "a", put: "1" }]);
    service.closeEpoch();
    expect((await refusalFrom(answer.certified())).code).toBe("receipt_missing");
  });

  it.each([
    ["skips a condition", { condition: "any" }],
    ["writes half", { write: "keep" }],
    ["writes something else", { write: { put: base64(57) } }],
  ] as const)("%s: the receipt is for another question", async (_lie, change) => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("a", "1");
    const honest = service.fetch;
    const lying = await connected(service, {
      fetch: (url, init) => {
        const { body } = init;
        return honest(
          url,
          typeof body === "string" ? { ...init, body: changed(body, change) } : init,
        );
      },
    });
    const answer = await lying.transact([{ key: "a", ifEquals: "1", put: "2" }]);
    service.closeEpoch();
    expect((await refusalFrom(answer.certified())).code).toBe("answer_mismatch");
  });
});

/** The request as a host between client and monitor would rather have it. */
function changed(body: string, change: object): string {
  const request = JSON.parse(body);
  for (const operation of request.operations ?? []) {
    if (operation.operation !== "transact") continue;
    for (const item of operation.items) Object.assign(item, change);
  }
  return JSON.stringify(request);
}

describe("the real service", () => {
  it.each([1, 2])("moves money with %d threads, certified, and makes none", async (threads) => {
    const service = await startService({
      ...{ port: 0, epochMs: 20, processMetrics: false, threads },
      ...{ slots: 256, valueMemoryBytes: 4 << 20 },
    });
    const trust = { simulation: true };
    const zeta = await connect(service.url, { trust });
    onTestFinished(async () => {
      zeta.close();
      await service.close();
    });
    const accounts = ["a", "b", "c", "d", "e"];
    for (const account of accounts) await zeta.put(account, "100");
    const moves = accounts.flatMap((from) =>
      accounts.filter((to) => to !== from).map((to) => [from, to]),
    );
    const answers = await Promise.all(moves.map(([from = "", to = ""]) => move(zeta, from, to, 5)));
    const done = answers.filter((answer) => answer.done);
    expect(done.length).toBeGreaterThan(0);
    for (const answer of answers) {
      const proof = await answer.certified();
      expect(proof.done).toBe(answer.done);
      expect((await judged(proof.evidence(), trust)).verdict).toBe("certified");
    }
    let total = 0;
    for (const account of accounts) total += Number((await zeta.get(account)).value);
    expect(total).toBe(500);
  });
});
