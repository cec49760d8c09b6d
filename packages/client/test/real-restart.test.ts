// SPDX-License-Identifier: Apache-2.0
/** A client that lives while the real service is restarted on its data: stopped, killed, and with a part of its data taken back. */
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { codeHash } from "@zeta/app/sandbox/load-program";
import type { Ancestor } from "@zeta/attestation/service-lineage";
import { decodeCheckpoint, signCheckpoint } from "@zeta/protocol/checkpoint";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { decodeManifest, encodeManifest } from "@zeta/service/durable/manifest";
import { type RunningService, startService } from "@zeta/service/serve";
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import type { StoredRecord } from "@zeta/storage/storage";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { connect, isRefused, verifyEvidence, type ZetaClient } from "../src/index.ts";
import ledger from "./fixtures/ledger.ts";
import { refusalFrom } from "./support/connected.ts";

const TRUST = { simulation: true };
const DEPOSIT = { id: 1, amount: 5, mark: new Uint8Array(0) };
const EPOCH_MS = 50;
const ATTEMPTS_MAX = 20;

async function serve(
  place: MemoryPlace,
  port = 0,
  code?: string,
  threads = 1,
): Promise<RunningService> {
  const service = await startService({
    ...{ port, threads, recordsMax: 1000 },
    ...(code !== undefined && { serviceCode: code }),
    epochMs: EPOCH_MS,
    slots: 256,
    valueMemoryBytes: 16 << 20,
    processMetrics: false,
    logger: pino({ level: "silent" }),
    storage: (serviceId) => place.open({ serviceId }),
  });
  onTestFinished(() => service.close().catch(() => undefined));
  return service;
}

async function started(threads = 1) {
  const place = new MemoryPlace();
  const service = await serve(place, 0, undefined, threads);
  const zeta = await connect(service.url, { trust: TRUST });
  onTestFinished(() => zeta.close());
  return { place, service, zeta, port: Number(new URL(service.url).port) };
}

async function putCertified(zeta: ZetaClient, value: string) {
  return (await patiently(() => zeta.put("alice", value))).certified();
}

/** Again while the request meets a connection that ended with the service before: nothing was sent on it. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRefused(error, "network_error") || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/** The process ends without a last word; its port is free afterwards. */
async function kill(place: MemoryPlace, service: RunningService): Promise<void> {
  place.crash();
  await service.close().catch(() => undefined);
}

async function verdictOn(evidence: unknown): Promise<string> {
  return (await verifyEvidence(JSON.parse(JSON.stringify(evidence)), TRUST)).verdict;
}

it("a clean restart is followed, with all data, and told in report and evidence", async () => {
  const { place, service, zeta, port } = await started();
  const before = await putCertified(zeta, "1");
  const first = zeta.attestation;
  await service.close();
  await serve(place, port);
  const got = await patiently(() => zeta.get("alice"));
  expect(String(got.value)).toBe("1");
  const proof = await got.certified();
  expect(zeta.attestation.instanceId).not.toEqual(first.instanceId);
  expect(proof.epoch).toBeGreaterThan(before.epoch);
  expect(proof.report()).toContain("lineage      from an empty store through 1 restart");
  expect(await verdictOn(proof.evidence())).toBe("certified");
  expect(await verdictOn(before.evidence())).toBe("certified");
});

it("a crash loses nothing that was certified, and the next one neither", async () => {
  const { place, service, zeta, port } = await started();
  await putCertified(zeta, "1");
  await kill(place, service);
  const second = await serve(place, port);
  expect(String((await patiently(() => zeta.get("alice"))).value)).toBe("1");
  await putCertified(zeta, "2");
  await kill(place, second);
  await serve(place, port);
  const got = await patiently(() => zeta.get("alice"));
  expect(String(got.value)).toBe("2");
  expect(await verdictOn((await got.certified()).evidence())).toBe("certified");
  expect(zeta.refusal).toBeNull();
});

it("an answer that was certified by a stop, and that nobody fetched, is proven after it", async () => {
  const { place, service, zeta, port } = await started();
  await putCertified(zeta, "1");
  const first = zeta.attestation;
  const put = await zeta.put("alice", "2");
  await service.close();
  await serve(place, port);
  const proof = await put.certified();
  const { attestation } = proof.evidence();
  expect(attestation.instanceId).toBe(toHex(first.instanceId));
  expect(await verdictOn(proof.evidence())).toBe("certified");
});

it("a crash, and a stop before the client looks again, lose nothing that was certified or written", async () => {
  const { place, service, zeta, port } = await started();
  await putCertified(zeta, "1");
  const put = await zeta.put("alice", "2");
  await service.engine.closeEpoch();
  await kill(place, service);
  const second = await serve(place, 0);
  // Its checkpoint is its own: the first client never meets it.
  const other = await connect(second.url, { trust: TRUST });
  await (await other.put("bob", "3")).certified();
  other.close();
  const between = toHex(second.engine.instance.attestation.instanceId);
  await second.close();
  await serve(place, port);
  const proof = await put.certified();
  expect(proof.evidence().attestation.instanceId).toBe(between);
  expect(await verdictOn(proof.evidence())).toBe("certified");
  expect(String((await (await zeta.get("bob")).certified()).value)).toBe("3");
  expect(zeta.refusal).toBeNull();
});

it("a new client of a service that was restarted checks where its data come from", async () => {
  const { place, service, zeta, port } = await started();
  await putCertified(zeta, "1");
  await service.close();
  const { url } = await serve(place, port);
  const newcomer = await patiently(() => connect(url, { trust: TRUST }));
  onTestFinished(() => newcomer.close());
  expect(newcomer.attestationSteps.map(({ name }) => name)).toContain("lineage");
  expect(String((await (await newcomer.get("alice")).certified()).value)).toBe("1");
});

it.each([1, 2])(
  "data taken back to an earlier state is instance_changed, and proves a fork (threads: %d)",
  async (threads) => {
    const { place, service, zeta, port } = await started(threads);
    await putCertified(zeta, "1");
    let earlier: unknown;
    place.tamper((state) => {
      earlier = structuredClone(state);
    });
    await putCertified(zeta, "2");
    await kill(place, service);
    place.tamper((state) => Object.assign(state, earlier));
    const { url } = await serve(place, port, undefined, threads);
    // Somebody else's calls run where this client's ran: the epochs of the journal are certified with other content.
    const other = await patiently(() => connect(url, { trust: TRUST }));
    onTestFinished(() => other.close());
    expect(String((await other.get("alice")).value)).toBe("1");
    const got = await patiently(() => zeta.get("alice"));
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("instance_changed");
    expect(await verdictOn(refusal.evidence)).toBe("fork");
  },
);

it("another release of a service is accepted by who names the old code beside the new one", async () => {
  const file = new URL("./fixtures/ledger.ts", import.meta.url);
  const old = await bundleService(fileURLToPath(file));
  const renewed = `${old}\n// another release`;
  const place = new MemoryPlace();
  const first = await serve(place, 0, old);
  const oldHash = toHex(codeHash(old));
  const newHash = toHex(codeHash(renewed));
  const zeta = await connect(first.url, { trust: { ...TRUST, serviceCode: oldHash } });
  await (await zeta.service(ledger).deposit(DEPOSIT)).certified();
  zeta.close();
  const trust = { ...TRUST, serviceCode: newHash, formerServiceCodes: [oldHash] };
  // The old code still answers: in words that are no longer ours.
  expect(await refusalFrom(connect(first.url, { trust }))).toMatchObject({
    code: "attestation_rejected",
    check: "MEASUREMENT_NOT_ALLOWED",
  });
  await first.close();
  const { url } = await serve(place, 0, renewed);
  const stranger = connect(url, { trust: { ...TRUST, serviceCode: newHash } });
  expect(await refusalFrom(stranger)).toMatchObject({ code: "lineage_invalid" });
  const again = await connect(url, { trust });
  onTestFinished(() => again.close());
  const proof = await (await again.service(ledger).deposit(DEPOSIT)).certified();
  expect(await verifyEvidence(proof.evidence(), trust)).toMatchObject({ verdict: "certified" });
  expect(proof.report()).toMatch(/^lineage +from an empty store/m);
});

it.each([[[2, 2, 3, 1]]])(
  "threads %j, one life after the other: stopped and killed, all is proven",
  async (lives) => {
    const { place, service, zeta, port } = await started(lives[0]);
    let life = service;
    for (const [i, threads] of [...lives.slice(1), ...lives].entries()) {
      // Two answers of which the client sees the certificate, and one which it asks for afterwards.
      await putCertified(zeta, `${i}`);
      const [before, put] = [await zeta.put("bob", `${i}`), await zeta.put("carol", `${i}`)];
      await before.certified();
      await life.engine.closeEpoch();
      await (i % 2 === 0 ? kill(place, life) : life.close());
      life = await serve(place, port, undefined, threads);
      const proof = await put.certified();
      expect(await verdictOn(proof.evidence())).toBe("certified");
      for (const key of ["alice", "bob", "carol"]) {
        const got = await patiently(() => zeta.get(key));
        expect(String(got.value)).toBe(`${i}`);
        expect(await verdictOn((await got.certified()).evidence())).toBe("certified");
      }
    }
    expect(zeta.refusal).toBeNull();
  },
);

it.each([2, 3])(
  "an invented checkpoint is believed by %d threads and by no client",
  async (threads) => {
    const { place, service, zeta } = await started(threads);
    await putCertified(zeta, "1");
    await service.close();
    const storage = await place.open({ serviceId: "kv" });
    const manifest = decodeManifest((await storage.manifest()) as Uint8Array);
    const ancestor = manifest.lineage.at(-1) as Ancestor;
    const { checkpoint } = decodeCheckpoint(ancestor.checkpoint);
    // The host's own word for a service in which nothing ever was.
    const invented = { ...checkpoint, root: rootHash(EMPTY_ROOT_VALUE) };
    const signed = signCheckpoint(invented, new Uint8Array(32).fill(7));
    const lineage = [...manifest.lineage.slice(0, -1), { ...ancestor, checkpoint: signed }];
    const [rootValue, fullDepth] = [EMPTY_ROOT_VALUE, 0];
    const records: StoredRecord[] = [];
    await storage.checkpoint({
      manifest: encodeManifest({ ...manifest, lineage, rootValue, fullDepth }),
      ...{ changes: records, names: [] },
    });
    await storage.close();
    place.tamper((state) => state.records.clear());
    const { url } = await serve(place, 0, undefined, threads);
    expect(await refusalFrom(connect(url, { trust: TRUST }))).toMatchObject({
      code: "lineage_invalid",
    });
  },
);
