// SPDX-License-Identifier: Apache-2.0
/**
 * A host runs two instances from one checkpoint and shows a client the one, then the other, at the moments that suit it. Whatever the client
 * had certified must be part of the history that it follows afterwards, or the host is refused.
 */
import { decodeCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import type { ZetaClient } from "../src/zeta-client.ts";
import { connected, refusalFrom } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { type FakeService, json, problem } from "./support/fake-service.ts";
import { askedAndCertified, durable, fromEpoch0, judged } from "./support/judged.ts";
import { seededRandom } from "./support/random.ts";

/** A call of somebody else, so that the two instances count the same. */
function strangersCall(seed: number) {
  const random = seededRandom(seed);
  return { requestId: random(16), function: 1, hash: random(32) };
}

function heard(zeta: ZetaClient, epoch: number): Promise<void> {
  return new Promise((resolve) => {
    zeta.watch({ certificate: ({ certificate }) => certificate.epoch === epoch && resolve() });
  });
}

/** Certificates of all instances that the host runs, by the one that it shows now. */
function showReceiptsOf(service: FakeService, enclave: FakeEnclave): void {
  service.lies.receipt = (_honest, id) => {
    const found = enclave.receipt(Buffer.from(id, "hex"));
    if (found === null) return { status: "unknown", requestId: id };
    const [receipt, certificate] = [toHex(found.receipt), toHex(found.certificate)];
    return { status: "certified", requestId: id, receipt, certificate };
  };
}

/** A client that asked in epoch 1 and was shown the certificate of epoch 2 first, and none when it connected. */
async function firstSeenIs2() {
  const service = durable();
  const before = service.enclave;
  service.streams = false;
  service.lies.response = (path) =>
    path === "v1/epochs/latest"
      ? json({ current: 1, certified: null, certificate: null })
      : undefined;
  const zeta = await connected(service);
  const put = await zeta.put("k", "v");
  before.closeEpoch();
  before.closeEpoch();
  delete service.lies.response;
  await heard(zeta, 2);
  return { service, before, zeta, put };
}

describe("a client that was shown nothing certified when it connected", () => {
  async function lateFirstCertificate() {
    const { put, ...rest } = await firstSeenIs2();
    expect((await put.certified()).epoch).toBe(1);
    return rest;
  }

  it("refuses an instance that certified another epoch 1, with a proof of the fork", async () => {
    const { service, before, zeta } = await lateFirstCertificate();
    const twin = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    twin.append(strangersCall(5));
    twin.closeEpoch();
    twin.closeEpoch();
    service.restart(twin);
    const got = await zeta.get("k");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("instance_changed");
    expect(refusal.message).toContain("other answers in epoch 1");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("refuses one behind an instance between that certified another epoch 1", async () => {
    const { service, before, zeta } = await lateFirstCertificate();
    const between = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    between.append(strangersCall(5));
    between.closeEpoch();
    const last = new FakeEnclave(3, { lineage: between.lineageFrom() });
    last.closeEpoch();
    service.past.push(between);
    service.restart(last);
    const got = await zeta.get("k");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("follows one that ran the journal again", async () => {
    const { service, before, zeta } = await lateFirstCertificate();
    const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    after.rerun(before);
    service.restart(after);
    await askedAndCertified(service, zeta, 1);
    expect(zeta.attestation).toEqual(after.attestation);
  });
});

describe("while another instance is being compared", () => {
  /** The host shows another instance, and holds its certificate of an epoch back. */
  async function meeting(service: FakeService, zeta: ZetaClient, other: FakeEnclave, held: number) {
    let give = () => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    service.lies.response = (path) => {
      if (path === "v1/ops") return problem(503, "monitor_failed", "look around");
      if (path !== `v1/epochs/${held}/certificate`) return undefined;
      asked();
      const certificate = toHex(other.certificateOf(held) as Uint8Array);
      return given.then(() => json({ epoch: held, certificate }));
    };
    service.enclave = other;
    const look = refusalFrom(zeta.get("k"));
    await isAsked;
    return async () => {
      give();
      delete service.lies.response;
      await look;
    };
  }

  /**
   * The client saw epochs 1 and 2 of an instance and asked in epoch 3. It meets a twin, which certified 1 and 2 the same and 3 otherwise; before
   * the twin's certificates come, the host shows epoch 3 of the instance before.
   */
  async function certifiedMeanwhile() {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    const put = await zeta.put("late", "1");
    const third = heard(zeta, 3);
    const twin = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    twin.rerun(before);
    twin.append(strangersCall(5));
    twin.closeEpoch();
    const certificate = before.closeEpoch();
    const goOn = await meeting(service, zeta, twin, 1);
    service.publishCertificate(certificate);
    await third;
    showReceiptsOf(service, before);
    await goOn();
    return { twin, zeta, put };
  }

  it("what is certified meanwhile is compared, too", async () => {
    const { twin, zeta } = await certifiedMeanwhile();
    expect(zeta.attestation).not.toEqual(twin.attestation);
    expect(zeta.refusal?.code).toBe("instance_changed");
    expect(zeta.refusal?.message).toContain("other answers in epoch 3");
  });

  it("no answer is proven that the next instance does not have", async () => {
    const { put } = await certifiedMeanwhile();
    expect((await refusalFrom(put.certified())).code).toBe("instance_changed");
  });

  it("what is proven meanwhile is compared, too, though no chain holds its epoch", async () => {
    const { service, before, zeta, put } = await firstSeenIs2();
    const twin = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    twin.append(strangersCall(5));
    twin.closeEpoch();
    twin.closeEpoch();
    const goOn = await meeting(service, zeta, twin, 2);
    showReceiptsOf(service, before);
    expect((await put.certified()).epoch).toBe(1);
    await goOn();
    expect(zeta.refusal?.code).toBe("instance_changed");
    expect(zeta.refusal?.message).toContain("other answers in epoch 1");
  });
});

describe("the first certificate of an instance that took over", () => {
  /**
   * The client saw epoch 1, which a checkpoint covers, and asked in epoch 2 of the next instance. Of that the host shows epoch 3 first.
   */
  it("being late hides no epoch that the client has an answer of", async () => {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 1);
    const lineage = before.lineageFrom();
    const after = new FakeEnclave(2, { lineage });
    service.streams = false;
    service.oldest = 3;
    service.restart(after);
    const put = await zeta.put("k", "v");
    after.closeEpoch();
    after.closeEpoch();
    expect((await put.certified()).epoch).toBe(2);
    service.oldest = 0;
    const twin = new FakeEnclave(3, { lineage });
    twin.append(strangersCall(5));
    twin.closeEpoch();
    twin.closeEpoch();
    expect(decodeCertificate(twin.certificateOf(3) as Uint8Array).certificate.operations).toBe(2n);
    service.restart(twin);
    const got = await zeta.get("k");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });
});
