// SPDX-License-Identifier: Apache-2.0
/**
 * A service that answers with bytes of any kind: always a coded refusal, never a crash, a hang or
 * an accepted answer.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STATEMENT_BODY_BYTES_MAX } from "../src/limits.ts";
import { connected, refusalFrom } from "./support/connected.ts";
import { FakeService, json, problem } from "./support/fake-service.ts";

const MALFORMED = { code: "service_error", check: "malformed_answer" };

/** A service of which one path answers with something else once a client is connected. */
async function answering(path: string, respond: () => Response | Promise<Response>) {
  const service = new FakeService();
  const zeta = await connected(service, { timeoutMs: 100 });
  service.lies.response = (asked) => (asked === path ? respond() : undefined);
  return { service, zeta };
}

const told = { requestId: "00".repeat(16), epoch: 0, thread: 0, result: "AA==" };

describe("the answer to a call", () => {
  const bodies: [string, unknown][] = [
    ["no object", 7],
    ["no results", {}],
    ["too few results", { results: [] }],
    ["too many results", { results: [told, told] }],
    ["a result that is none", { results: [null] }],
    ["a short request id", { results: [{ ...told, requestId: "00" }] }],
    ["upper-case hex", { results: [{ ...told, requestId: "AA".repeat(16) }] }],
    ["a fraction as epoch", { results: [{ ...told, epoch: 0.5 }] }],
    ["a negative epoch", { results: [{ ...told, epoch: -1 }] }],
    ["an epoch above u32", { results: [{ ...told, epoch: 2 ** 32 }] }],
    ["a text as epoch", { results: [{ ...told, epoch: "0" }] }],
    ["a thread beyond all", { results: [{ ...told, thread: 256 }] }],
    ["base64 without padding", { results: [{ ...told, result: "AA" }] }],
  ];
  it.each(bodies)("with %s is a service_error", async (_name, body) => {
    const { zeta } = await answering("v1/ops", () => json(body));
    expect(await refusalFrom(zeta.get("k"))).toMatchObject(MALFORMED);
  });

  it.each([
    ["empty", ""],
    ["tag 2", "Ag=="],
    ["more after absent", "AAA="],
  ])("with a result that no get returns (%s) is a service_error", async (_name, result) => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.answer = (honest) => ({ ...honest, result });
    expect(await refusalFrom(zeta.get("k"))).toMatchObject(MALFORMED);
  });

  it("that is no JSON, no UTF-8 or longer than any answer is a service_error", async () => {
    for (const body of ["{", "", new Uint8Array([0x22, 0xff, 0x22]), "[".repeat(5_000_000)]) {
      const { zeta } = await answering("v1/ops", () => new Response(body));
      expect(await refusalFrom(zeta.get("k"))).toMatchObject(MALFORMED);
    }
  });

  it("is cut off at the cap, however much more the host would send", async () => {
    let sent = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      );
    const service = new FakeService();
    service.lies.response = (path) => (path === "v1/attestation" ? endless() : undefined);
    expect(await refusalFrom(connected(service))).toMatchObject(MALFORMED);
    expect(sent).toBeLessThan(4 * STATEMENT_BODY_BYTES_MAX);
  });

  it("that is a problem carries the problem's code", async () => {
    const { zeta } = await answering("v1/ops", () => problem(429, "too_many_requests", "later"));
    expect(await refusalFrom(zeta.get("k"))).toMatchObject({
      code: "service_error",
      check: "too_many_requests",
    });
  });

  it("that is an error page is a service_error", async () => {
    const { zeta } = await answering("v1/ops", () => new Response("<html>", { status: 502 }));
    expect(await refusalFrom(zeta.get("k"))).toMatchObject(MALFORMED);
  });

  it("that never comes, or cannot, is a network_error", async () => {
    const never = await answering("v1/ops", () => new Promise(() => undefined));
    never.service.lies.response = (_path, init) =>
      new Promise((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    expect((await refusalFrom(never.zeta.get("k"))).code).toBe("network_error");
    const down = await answering("v1/ops", () => Promise.reject(new TypeError("fetch failed")));
    const refusal = await refusalFrom(down.zeta.get("k"));
    expect(refusal).toMatchObject({ code: "network_error", check: null });
    expect(refusal.evidence?.question?.operation).toBe("get");
  });
});

describe("any other answer", () => {
  it("of arbitrary JSON at any path never crashes the client", async () => {
    const paths = ["v1/attestation", "v1/epochs/latest", "v1/violations", "v1/receipts", "v1/ops"];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, body) => {
        const service = new FakeService();
        service.streams = false;
        service.lies.response = (asked) => (asked === path ? json(body) : undefined);
        const run = async () => {
          const zeta = await connected(service);
          const got = await zeta.get("k");
          service.closeEpoch();
          await got.certified({ timeoutMs: 30 });
        };
        if (path === "v1/violations") await run().catch(() => undefined);
        else await refusalFrom(run());
      }),
      { seed: 8, numRuns: 30 },
    );
  });

  it("to a question for receipts is asked for again until the time is over", async () => {
    const { service, zeta } = await answering("v1/receipts", () => json({ receipts: [] }));
    const got = await zeta.get("k");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified({ timeoutMs: 150 }));
    expect(refusal.code).toBe("certification_timeout");
    expect(String(refusal.cause)).toContain("expected 1 receipts");
    delete service.lies.response;
    expect((await got.certified()).epoch).toBe(0);
  });

  it("on the stream is survived: the client polls", async () => {
    const service = new FakeService();
    service.lies.response = (path) =>
      path.startsWith("v1/epochs/stream")
        ? new Response("event: certificate\ndata: {}\n\n", {
            headers: { "content-type": "text/event-stream" },
          })
        : undefined;
    const zeta = await connected(service);
    const waiting = (await zeta.get("k")).certified();
    service.closeEpoch();
    expect((await waiting).epoch).toBe(0);
  });
});

describe("what is asked", () => {
  it("is checked before it is sent", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const before = service.requests.length;
    const tooLong = new Uint8Array(4097);
    await expect(zeta.get(tooLong)).rejects.toMatchObject({ code: "key_too_long" });
    const tooLarge = new Uint8Array((1 << 20) + 1);
    await expect(zeta.put("k", tooLarge)).rejects.toMatchObject({ code: "value_too_large" });
    const many = new Array(4097).fill({ operation: "get", key: "k" });
    await expect(zeta.batch(many)).rejects.toMatchObject({ code: "batch_too_large" });
    const heavy = new Array(16).fill({
      operation: "put",
      key: "k",
      value: new Uint8Array(1 << 20),
    });
    await expect(zeta.batch(heavy)).rejects.toMatchObject({ code: "batch_too_large" });
    expect(await zeta.batch([])).toEqual([]);
    expect(service.requests.length).toBe(before);
  });

  it("goes to an http URL, below its path", async () => {
    const service = new FakeService();
    await expect(connected(service)).resolves.toBeDefined();
    const { connect } = await import("../src/connect.ts");
    await expect(connect("ftp://zeta.test")).rejects.toThrow("an http or https URL");
    const urls: string[] = [];
    const fetch = async (url: string) => {
      urls.push(url);
      return problem(404, "unknown_path", "nothing here");
    };
    await expect(connect("http://zeta.test/a/b", { fetch })).rejects.toMatchObject({
      code: "service_error",
      check: "unknown_path",
      evidence: null,
    });
    expect(urls).toEqual(["http://zeta.test/a/b/v1/attestation"]);
  });
});
