// SPDX-License-Identifier: Apache-2.0
import { decodeReceipt } from "@zeta/protocol/receipt";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { connected, TRUST } from "./support/connected.ts";
import { FakeService } from "./support/fake-service.ts";

describe("an honest service", () => {
  it("answers at once, and each answer becomes a proof when its epoch is certified", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const put = await zeta.put("alice", "100");
    const got = await zeta.get("alice");
    expect(put.existed).toBe(false);
    expect(String(got.value)).toBe("100");
    const waiting = Promise.all([put.certified(), got.certified()]);
    service.closeEpoch();
    const [putProof, gotProof] = await waiting;
    expect(putProof.epoch).toBe(0);
    expect(String(gotProof.value)).toBe("100");
    expect(decodeReceipt(gotProof.receipt).requestId).toEqual(got.requestId);
    expect(gotProof.steps.map(({ name, ok }) => [name, ok])).toEqual(
      [
        "quote",
        "report-data",
        "instance",
        "measurement",
        "certificate",
        "chain",
        "receipt",
        "leaf",
        "path",
      ].map((name) => [name, true]),
    );
  });

  it("gives evidence that says the same offline", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("k", "v");
    service.closeEpoch();
    service.closeEpoch();
    const got = await zeta.get("k");
    service.closeEpoch();
    const proof = await got.certified();
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    const verdict = await verifyEvidence(evidence, TRUST);
    expect(verdict).toMatchObject({ verdict: "certified", code: null, check: null });
    expect(verdict.steps.every((step) => step.ok)).toBe(true);
  });

  it("reads, writes and deletes bytes of any kind", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const key = Uint8Array.of(0, 255, 10, 13);
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect((await zeta.put(key, value)).existed).toBe(false);
    expect((await zeta.get(key)).value?.bytes).toEqual(value);
    expect((await zeta.delete(key)).existed).toBe(true);
    const absent = await zeta.get(key);
    expect(absent.value).toBeNull();
    expect(absent.existed).toBe(false);
    const empty = await zeta.put("", "");
    const proofs = Promise.all([absent.certified(), empty.certified()]);
    service.closeEpoch();
    expect((await proofs).map((proof) => proof.value)).toEqual([null, null]);
  });

  it("certifies a batch with one request for all its receipts", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const operations = Array.from({ length: 100 }, (_, i) => ({
      operation: "put" as const,
      key: `key ${i}`,
      value: `${i}`,
    }));
    const answers = await zeta.batch(operations);
    service.closeEpoch();
    const proofs = await Promise.all(answers.map((answer) => answer.certified()));
    expect(proofs).toHaveLength(100);
    const asked = service.requests.filter((path) => path === "v1/receipts");
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it("works where there is no event stream", async () => {
    const service = new FakeService();
    service.streams = false;
    const zeta = await connected(service);
    const got = await zeta.get("k");
    const waiting = got.certified();
    service.closeEpoch();
    service.closeEpoch();
    expect((await waiting).epoch).toBe(0);
  });

  it("fetches the certificates between when it saw none for a while", async () => {
    const service = new FakeService();
    service.streams = false;
    service.closeEpoch();
    const zeta = await connected(service);
    for (let epoch = 1; epoch < 10; epoch++) service.closeEpoch();
    const got = await zeta.get("k");
    service.closeEpoch();
    expect((await got.certified()).epoch).toBe(10);
    expect(zeta.head?.certificate.epoch).toBe(10);
  });

  it("resumes a stream that ended where the chain stands", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const seen: number[] = [];
    const stop = zeta.watch({ certificate: ({ certificate }) => seen.push(certificate.epoch) });
    const until = async (count: number) => {
      while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    service.closeEpoch();
    await until(1);
    service.endStreams();
    service.closeEpoch();
    service.closeEpoch();
    await until(3);
    stop();
    expect(seen).toEqual([0, 1, 2]);
  });

  it("leaves no connection open after close", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const got = await zeta.get("k");
    service.closeEpoch();
    await got.certified();
    zeta.close();
    expect(service.openStreams).toBe(0);
    await expect(zeta.get("k")).rejects.toMatchObject({ code: "client_closed" });
    await expect(got.certified()).rejects.toMatchObject({ code: "client_closed" });
  });
});

describe("waiting", () => {
  it("ends with the reason of the caller's signal", async () => {
    const zeta = await connected(new FakeService());
    const got = await zeta.get("k");
    const controller = new AbortController();
    const waiting = got.certified({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(zeta.get("k", { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("may start again after a timeout", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const got = await zeta.get("k");
    await expect(got.certified({ timeoutMs: 10 })).rejects.toMatchObject({
      code: "certification_timeout",
    });
    service.closeEpoch();
    expect((await got.certified()).epoch).toBe(0);
  });
});
