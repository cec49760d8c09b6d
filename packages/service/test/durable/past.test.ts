// SPDX-License-Identifier: Apache-2.0
/** Certificates and receipts of instances that have ended: kept with checkpoints, shown by whoever goes on. */
import { utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { fromHex, toHex } from "@zeta/protocol/hex";
import type { CertificateAnswer, ReceiptAnswer } from "@zeta/protocol/http-api";
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import type { StoredPage } from "@zeta/storage/storage";
import { afterEach, describe, expect, test } from "vitest";
import { certificatePages, decodePastPage, receiptPages } from "../../src/durable/past-page.ts";
import { freshId, putCall } from "../support/calls.ts";
import type { DurableService } from "../support/durable.ts";
import { crash, start, stop, stopAll } from "../support/durable-lives.ts";
import { isChain, judge, type Told } from "../support/verify.ts";

const KV = { serviceId: "kv" };
afterEach(stopAll);

async function put({ engine }: DurableService, value: string): Promise<Told> {
  const requestId = freshId();
  const [answer] = await engine.execute([putCall("a", value, requestId)]);
  const question = { operation: "put", key: utf8("a"), value: utf8(value) } as const;
  return { requestId, question, result: answer!.result };
}

async function receiptOf({ app }: DurableService, { requestId }: Told): Promise<ReceiptAnswer> {
  return (await app.inject({ url: `/v1/receipts/${requestId}` })).json();
}

async function certificateOf({ app }: DurableService, epoch: number): Promise<CertificateAnswer> {
  return (await app.inject({ url: `/v1/epochs/${epoch}/certificate` })).json();
}

describe("after a stop", () => {
  test("receipts of the instance before prove its answers, by its certificates", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    const told = [await put(first, "1"), await put(first, "2")];
    await first.engine.closeEpoch();
    told.push(await put(first, "3"));
    await stop(first);
    const { publicKey } = first.engine.instance.attestation;
    const second = await start(place);
    told.push(await put(second, "4"));
    await stop(second);
    const third = await start(place);
    for (const one of told.slice(0, 3)) {
      expect(judge(one, await receiptOf(third, one), publicKey)).toBe("certified");
    }
    const own = second.engine.instance.attestation.publicKey;
    expect(judge(told[3]!, await receiptOf(third, told[3]!), own)).toBe("certified");
  });

  test("certificates of all instances before are one history, each behind the checkpoint of the last", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await put(first, "1");
    await first.engine.closeEpoch();
    await put(first, "2");
    await stop(first);
    const second = await start(place);
    await put(second, "3");
    await stop(second);
    const third = await start(place);
    await third.engine.closeEpoch();
    const { certificates, lineage } = third.engine.instance;
    const all = await Promise.all(
      Array.from({ length: certificates.next }, (_, epoch) => certificateOf(third, epoch)),
    );
    expect(all.map(({ epoch }) => epoch)).toEqual(all.map((_, epoch) => epoch));
    const signers = all.map(({ certificate }) =>
      toHex(decodeCertificate(fromHex(certificate)).certificate.instanceId),
    );
    const ids = [...lineage, third.engine.instance].map((one) => toHex(one.attestation.instanceId));
    expect([...new Set(signers)]).toEqual(ids);
    for (const id of ids) {
      const own = all.filter((_, i) => signers[i] === id).map(({ certificate }) => certificate);
      expect(isChain(own)).toBe(true);
    }
    expect(certificates.latest).toBe(all.length - 1);
  });

  test("the newest certificate is that of the instance that answers; a stream goes through all", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    await put(first, "1");
    await stop(first);
    const second = await start(place);
    const latest = (await second.app.inject({ url: "/v1/epochs/latest" })).json();
    expect(latest).toEqual({ current: 2, certified: null, certificate: null });
    const stream = second.app.inject({ url: "/v1/epochs/stream?from=1" });
    await second.engine.closeEpoch();
    await stop(second);
    const ids = [...(await stream).body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual([1, 2, 3]);
  });

  test("a request id of before is not fresh", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    const { requestId } = await put(first, "1");
    await stop(first);
    const { engine } = await start(place);
    const again = engine.execute([putCall("a", "2", requestId)]);
    await expect(again).rejects.toMatchObject({ code: "duplicate_request_id" });
  });
});

describe("after a crash", () => {
  test("receipts under the checkpoint are the old instance's, those after it the new one's", async () => {
    const place = new MemoryPlace();
    const first = await start(place, { epochs: 3 });
    const told: Told[] = [];
    for (let i = 0; i < 5; i++) {
      told.push(await put(first, `${i}`));
      await first.engine.closeEpoch();
    }
    crash(place);
    const second = await start(place, { epochs: 3 });
    const { checkpoint } = second.engine.instance.lineage.at(-1)!;
    expect(second.facts.calls).toBeGreaterThan(0);
    expect(second.facts.calls).toBeLessThan(5);
    const [old, own] = [first, second].map(({ engine }) => engine.instance.attestation.publicKey);
    const verdicts = await Promise.all(
      told.map(async (one) => {
        const answer = await receiptOf(second, one);
        return [judge(one, answer, old!), judge(one, answer, own!)].join();
      }),
    );
    const underIt = 5 - second.facts.calls;
    expect(verdicts).toEqual([
      ...Array(underIt).fill("certified,signature"),
      ...Array(5 - underIt).fill("signature,certified"),
    ]);
    expect(checkpoint.length).toBeGreaterThan(0);
  });

  test("an id that was forgotten and used again runs again with the journal", async () => {
    const place = new MemoryPlace();
    // Of two receipts the older one goes, a little later when the journal runs than when it was written.
    const kept = { receiptsMax: 2 };
    const first = await start(place, {}, kept);
    const { requestId } = await put(first, "1");
    await stop(first);
    const second = await start(place, {}, kept);
    await put(second, "2");
    const closing = second.engine.closeEpoch();
    await put(second, "3");
    await closing;
    await second.engine.execute([putCall("a", "4", requestId)]);
    await second.engine.closeEpoch();
    crash(place);
    const third = await start(place, {}, kept);
    expect(third.facts.calls).toBe(3);
    expect(await third.engine.receipt(requestId)).toMatchObject({ epoch: 3 });
  });
});

describe("what is kept", () => {
  /** Certificates and receipts in a place's pages, by their epochs. */
  async function pagesIn(place: MemoryPlace) {
    const storage = await place.open({ ...KV, isReadOnly: true });
    const epochs = { certificates: [] as number[], receipts: [] as number[] };
    for await (const { bytes } of storage.pages()) {
      const page = decodePastPage(bytes);
      if (page.kind === "receipts") epochs.receipts.push(...page.runs.map(({ epoch }) => epoch));
      else epochs.certificates.push(...page.certificates.map((_, i) => page.first + i));
    }
    return epochs;
  }

  test.each([
    [6, [15, 16, 17, 18, 19, 20], 16],
    // Receipts need the certificates of their epochs.
    [2, [17, 18, 19, 20], 20],
  ])(
    "pages go when nothing on them is known any more: %d certificates",
    async (certificatesMax, left, first) => {
      const place = new MemoryPlace();
      const kept = { certificatesMax, receiptEpochsMax: 4 };
      const service = await start(place, { epochs: 2 }, kept);
      const told: Told[] = [];
      for (let epoch = 1; epoch <= 20; epoch++) {
        told.push(await put(service, `${epoch}`));
        await service.engine.closeEpoch();
      }
      await stop(service);
      // The epoch of the stop, in which nothing ran, is in no checkpoint: the next instance certifies it anew.
      expect(await pagesIn(place)).toEqual({ certificates: left, receipts: [17, 18, 19, 20] });
      const again = await start(place, {}, kept);
      const { certificates, receipts } = again.engine.instance;
      expect([certificates.first, receipts.oldest]).toEqual([first, 18]);
      const { publicKey } = service.engine.instance.attestation;
      expect(judge(told[17]!, await receiptOf(again, told[17]!), publicKey)).toBe("certified");
      const gone = await again.app.inject({ url: `/v1/epochs/${first - 1}/certificate` });
      expect([gone.statusCode, gone.json().code]).toEqual([404, "epoch_unknown"]);
    },
  );

  test("a place of the format before, which has none, goes on and has them from then on", async () => {
    const place = new MemoryPlace();
    const first = await start(place);
    const { requestId } = await put(first, "1");
    await stop(first);
    place.tamper((state) => {
      state.format = "zeta.storage 1 kv";
      state.pages.clear();
    });
    const second = await start(place);
    expect(await second.engine.receipt(requestId)).toBe(null);
    expect(second.engine.instance.certificates.first).toBe(2);
    const told = await put(second, "2");
    await stop(second);
    const third = await start(place);
    expect(third.engine.instance.certificates.first).toBe(2);
    expect(await third.engine.receipt(told.requestId)).toMatchObject({ status: "certified" });
  });

  /** A stopped service's place with other pages. */
  async function withPages(
    change: (pages: (StoredPage & { readonly bytes: Uint8Array })[]) => readonly StoredPage[],
  ): Promise<MemoryPlace> {
    const place = new MemoryPlace();
    const service = await start(place);
    await put(service, "1");
    await stop(service);
    const storage = await place.open(KV);
    const pages = [];
    for await (const page of storage.pages()) pages.push(page);
    const manifest = (await storage.manifest()) as Uint8Array;
    const gone = pages.map(({ number }) => ({ number, bytes: null }));
    const content = { manifest, changes: [], names: [], pages: [...gone, ...change(pages)] };
    await storage.checkpoint(content);
    await storage.close();
    return place;
  }

  const [foreign] = certificatePages(0, [Uint8Array.of(1), Uint8Array.of(2)]);
  const late = { epoch: 9, thread: 0, first: 0, count: 1 };
  const columns = {
    ids: new Uint32Array(4),
    functions: new Uint8Array(1),
    leaves: new Uint8Array(32),
  };
  const [orphans] = receiptPages([{ ...late, ...columns }]);
  const [skipped] = receiptPages([{ ...late, epoch: 1, first: 5, ...columns }]);

  test.each([
    ["that are none", () => [{ number: 0, bytes: Uint8Array.of(7) }]],
    ["without the last certificates", (pages: StoredPage[]) => pages.slice(0, 1)],
    [
      "with a gap",
      (pages: StoredPage[]) => [pages[0], { ...pages[1], number: 9 }, { ...pages[1], number: 10 }],
    ],
    ["with other certificates", () => [{ number: 0, bytes: foreign!.bytes }]],
    [
      "with receipts of no certified epoch",
      (pages: StoredPage[]) => [...pages, { number: 9, bytes: orphans!.bytes }],
    ],
    [
      "with receipts that skip some",
      (pages: StoredPage[]) => [...pages, { number: 9, bytes: skipped!.bytes }],
    ],
  ])("pages %s are damage", async (_what, change) => {
    const place = await withPages(change as (pages: readonly StoredPage[]) => StoredPage[]);
    await expect(start(place)).rejects.toMatchObject({ code: "storage_damaged" });
    place.crash();
  });

  test("as they were, they are not", async () => {
    const { facts } = await start(await withPages((pages) => pages));
    expect(facts.ancestors).toBe(1);
  });
});
