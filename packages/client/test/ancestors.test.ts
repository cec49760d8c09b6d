// SPDX-License-Identifier: Apache-2.0
/** What instances certified that have ended, as the service shows it to a client that lived through their end: honestly, or with a lie. */
import { decodeCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { connected, refusalFrom, TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { type FakeService, json } from "./support/fake-service.ts";
import { askedAndCertified, durable, fromEpoch0, judged } from "./support/judged.ts";

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Shows a certificate of an epoch instead of the honest one. */
function show(service: FakeService, epoch: number, certificate: Uint8Array): void {
  service.lies.response = (path) =>
    path === `v1/epochs/${epoch}/certificate`
      ? json({ epoch, certificate: hexOf(certificate) })
      : undefined;
}

/** The receipt comes with another certificate than the honest one. */
function attach(service: FakeService, certificate: Uint8Array): void {
  service.lies.receipt = (honest) => ({ ...honest, certificate: hexOf(certificate) });
}

describe("an answer of an instance that was stopped", () => {
  /** Epochs 1 and 2 certified to the client; then a put, certified `later` epochs after that and before the stop, unheard. */
  async function stopped({ later = 0, after = 0 } = {}) {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    service.endStreams();
    service.streams = false;
    for (let i = 0; i < later; i++) before.closeEpoch();
    const put = await zeta.put("late", "1");
    before.closeEpoch();
    for (let i = 0; i < after; i++) before.closeEpoch();
    const goOn = (checkpoint = before.checkpoint()) => {
      service.past.push(before);
      service.restart(new FakeEnclave(2, { lineage: before.lineageFrom(checkpoint) }));
      service.closeEpoch();
    };
    return { service, before, zeta, put, goOn };
  }

  it.each([
    ["its last epoch", { later: 0, after: 0 }],
    ["an epoch behind others that the client did not see", { later: 3, after: 0 }],
    ["an epoch with others before the checkpoint", { later: 0, after: 2 }],
  ])("is proven by that instance: %s", async (_name, epochs) => {
    const { before, zeta, put, goOn } = await stopped(epochs);
    goOn();
    const proof = await put.certified();
    expect(proof.epoch).toBe(3 + epochs.later);
    expect(zeta.attestation.instanceId).not.toEqual(before.attestation.instanceId);
    const evidence = proof.evidence();
    expect(evidence.attestation.instanceId).toBe(hexOf(before.attestation.instanceId));
    expect(evidence.certificates.length).toBeGreaterThan(1);
    expect(await verifyEvidence(JSON.parse(JSON.stringify(evidence)), TRUST)).toMatchObject({
      verdict: "certified",
    });
    expect(zeta.refusal).toBeNull();
  });

  it("is proven after one more restart, too", async () => {
    const { service, before, put, zeta, goOn } = await stopped();
    goOn();
    await askedAndCertified(service, zeta, 2);
    const second = service.enclave;
    service.past.push(second);
    service.restart(new FakeEnclave(3, { lineage: second.lineageFrom() }));
    await askedAndCertified(service, zeta, 1);
    const { attestation } = (await put.certified()).evidence();
    expect(attestation.instanceId).toBe(hexOf(before.attestation.instanceId));
  });

  it("that the service does not show any more is answer_lost, which is no lie", async () => {
    const { service, put, zeta, goOn } = await stopped();
    goOn();
    service.past.pop();
    expect(await refusalFrom(put.certified())).toMatchObject({
      code: "answer_lost",
      check: "receipt_gone",
    });
    expect(zeta.refusal).toBeNull();
  });

  it("under a certificate that another key signed is certificate_invalid", async () => {
    const { service, before, put, goOn } = await stopped();
    goOn();
    const { instanceId } = before.attestation;
    const newest = decodeCertificate(before.certificateOf(3) as Uint8Array).certificate;
    attach(service, new FakeEnclave(9).sign({ ...newest, instanceId }));
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("certificate_invalid");
    expect(refusal.message).toContain("expected a signature by the attested key");
  });

  it("under a certificate of an instance that is no ancestor is certificate_invalid", async () => {
    const { service, before, put, goOn } = await stopped();
    goOn();
    const twin = new FakeEnclave(8, { lineage: fromEpoch0(before) });
    twin.rerun(before);
    attach(service, twin.certificateOf(3) as Uint8Array);
    expect((await refusalFrom(put.certified())).code).toBe("certificate_invalid");
  });

  it("under the ancestor's certificate of another epoch is certificate_invalid", async () => {
    const { service, before, put, goOn } = await stopped({ after: 1 });
    goOn();
    attach(service, before.certificateOf(2) as Uint8Array);
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("certificate_invalid");
    expect(refusal.message).toBe("expected the certificate of epoch 3, got that of 2");
  });

  it("under a certificate that does not continue what was seen is chain_broken, and proves a fork", async () => {
    const { service, before, put, goOn } = await stopped();
    goOn();
    attach(service, before.sign({ previous: new Uint8Array(32).fill(6) }));
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("chain_broken");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("behind a certificate that the service hides is chain_broken", async () => {
    const { service, put, goOn } = await stopped({ later: 2 });
    goOn();
    service.oldest = 4;
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("chain_broken");
    expect(refusal.message).toContain("expected the certificate of epoch 3, which leads to that");
  });

  it("under another certificate than the checkpoint's is refused, and proves a fork", async () => {
    const { before, put, goOn } = await stopped();
    goOn(before.checkpoint({ previous: new Uint8Array(32).fill(5) }));
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("fork");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });
});

describe("an instance that went on after the checkpoint from which the next one began", () => {
  /** The client saw epochs 1 and 2; its put is certified in epoch 3, and the next instance begins behind epoch 2. */
  async function grown(isRunAgain: boolean) {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    const lineage = before.lineageFrom();
    service.endStreams();
    service.streams = false;
    const put = await zeta.put("late", "1");
    before.closeEpoch();
    const after = new FakeEnclave(2, { lineage });
    if (isRunAgain) after.rerun(before);
    else after.closeEpoch();
    service.past.push(before);
    service.restart(after);
    service.lies.receipt = (_honest, id) => {
      const found = before.receipt(Buffer.from(id, "hex"));
      if (found === null) return { status: "unknown", requestId: id };
      const [receipt, certificate] = [toHex(found.receipt), toHex(found.certificate)];
      return { status: "certified", requestId: id, receipt, certificate };
    };
    return { put, after };
  }

  it("has forked, if the next one certified other answers", async () => {
    const { put } = await grown(false);
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("fork");
    expect(refusal.message).toMatch(/certified 2 operations up to epoch 3, and 3$/);
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("has crashed, if they are the same: then the next one's certificate counts", async () => {
    const { put, after } = await grown(true);
    const { attestation } = (await put.certified()).evidence();
    expect(attestation.instanceId).toBe(hexOf(after.attestation.instanceId));
  });
});

describe("a crash and another restart before the client looks again", () => {
  /**
   * The client saw epochs 1 to 3 and asked in epoch 4 when the service crashed. An instance between ran the journal from epoch 1 on,
   * made its checkpoint in `to`, and ended.
   */
  async function between(
    make = (between: FakeEnclave, before: FakeEnclave) => between.rerun(before),
  ) {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 3);
    const put = await zeta.put("late", "1");
    service.endStreams();
    const middle = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    make(middle, before);
    service.past.push(middle);
    const goOn = (checkpoint = middle.checkpoint()) => {
      const last = new FakeEnclave(3, { lineage: middle.lineageFrom(checkpoint) });
      last.rerun(before);
      service.restart(last);
      service.closeEpoch();
      return last;
    };
    return { service, before, middle, zeta, put, goOn };
  }

  const withTheRest = (middle: FakeEnclave, before: FakeEnclave) => {
    middle.rerun(before);
    middle.rerunOpen(before);
    middle.closeEpoch();
    middle.closeEpoch();
  };

  it("is followed over the certificates of the instance between, which also proves what was on its way", async () => {
    const { service, middle, zeta, put, goOn } = await between(withTheRest);
    const last = goOn();
    const proof = await put.certified();
    expect(proof.epoch).toBe(4);
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    expect(evidence.attestation.instanceId).toBe(hexOf(middle.attestation.instanceId));
    expect(await verifyEvidence(evidence, TRUST)).toMatchObject({ verdict: "certified" });
    expect(zeta.attestation).toEqual(last.attestation);
    await askedAndCertified(service, zeta, 1);
    expect(zeta.refusal).toBeNull();
  });

  it("is followed when the instance between ended before all was run again, and the next one ran the rest", async () => {
    const { service, zeta, goOn } = await between((middle, before) => middle.rerun(before, 2));
    goOn();
    await askedAndCertified(service, zeta, 1);
  });

  it("is followed through two instances between", async () => {
    const { service, before, middle, zeta } = await between((middle, before) =>
      middle.rerun(before, 1),
    );
    const second = new FakeEnclave(4, { lineage: middle.lineageFrom() });
    second.rerun(before);
    second.closeEpoch();
    service.past.push(second);
    service.restart(new FakeEnclave(5, { lineage: second.lineageFrom() }));
    await askedAndCertified(service, zeta, 1);
  });

  it("with other answers in between is instance_changed, and proves a fork", async () => {
    const { put, goOn } = await between((middle, before) => {
      middle.rerun(before, 2);
      middle.closeEpoch();
    });
    goOn();
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("with certificates of another instance than the lineage names is certificate_invalid", async () => {
    const { service, before, put, goOn } = await between();
    const twin = new FakeEnclave(8, { lineage: fromEpoch0(before) });
    twin.rerun(before);
    goOn();
    show(service, 1, twin.certificateOf(1) as Uint8Array);
    expect((await refusalFrom(put.certified())).code).toBe("certificate_invalid");
  });

  it("with a certificate that the instance between did not sign is certificate_invalid", async () => {
    const { service, before, middle, put, goOn } = await between();
    goOn();
    const { certificate } = decodeCertificate(middle.certificateOf(1) as Uint8Array);
    show(service, 1, new FakeEnclave(9, { lineage: fromEpoch0(before) }).sign(certificate));
    expect((await refusalFrom(put.certified())).code).toBe("certificate_invalid");
  });

  it("with an instance between that contradicts itself is chain_broken, and proves a fork", async () => {
    const { service, middle, put, goOn } = await between();
    goOn();
    const { certificate } = decodeCertificate(middle.certificateOf(2) as Uint8Array);
    show(service, 2, middle.sign({ ...certificate, previous: new Uint8Array(32).fill(6) }));
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("chain_broken");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("behind a checkpoint over another certificate than is shown proves a fork", async () => {
    const { middle, put, goOn } = await between();
    goOn(middle.checkpoint({ previous: new Uint8Array(32).fill(5) }));
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("fork");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("without a receipt of what was certified meanwhile is answer_lost", async () => {
    const { service, put, goOn } = await between(withTheRest);
    goOn();
    service.lies.receipt = (_honest, requestId) => ({ status: "unknown", requestId });
    expect(await refusalFrom(put.certified())).toMatchObject({
      code: "answer_lost",
      check: "receipt_gone",
    });
  });
});
