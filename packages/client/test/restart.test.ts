// SPDX-License-Identifier: Apache-2.0
/** The service is restarted while a client lives: with its data, or with a lie. */
import { lineageToJson } from "@zeta/attestation/service-lineage";
import { describe, expect, it } from "vitest";
import type { RefusedError } from "../src/refusal.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import type { ZetaClient } from "../src/zeta-client.ts";
import { connected, refusalFrom, TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { FakeService, json } from "./support/fake-service.ts";
import { askedAndCertified, durable, fromEpoch0, judged } from "./support/judged.ts";

describe("after a crash", () => {
  /** Epochs 1 and 2 certified to the client, a put of epoch 3 on its way when the service ends. */
  async function crash() {
    const service = durable();
    const before = service.enclave;
    const lineage = before.lineageFrom();
    const zeta = await connected(service);
    const proofs = await askedAndCertified(service, zeta, 2);
    const put = await zeta.put("late", "1");
    return { service, before, lineage, zeta, proofs, put };
  }

  it("the instance that ran the journal again takes over, and certifies what was on its way", async () => {
    const { service, before, lineage, zeta, put } = await crash();
    const restarts: string[] = [];
    const epochs: number[] = [];
    const stop = zeta.watch({
      restart: ({ instanceId }) => restarts.push(String(instanceId)),
      certificate: ({ certificate }) => epochs.push(certificate.epoch),
    });
    const waiting = put.certified();
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    after.rerunOpen(before);
    service.restart(after);
    service.closeEpoch();
    const proof = await waiting;
    stop();
    expect(proof.epoch).toBe(3);
    expect(zeta.attestation).toEqual(after.attestation);
    expect(zeta.head?.certificate.epoch).toBe(3);
    expect(restarts).toEqual([String(after.attestation.instanceId)]);
    expect(epochs).toEqual([3]);
    expect(proof.report()).toContain("lineage      from an empty store through 1 restart");
    const evidence = JSON.parse(JSON.stringify(proof.evidence()));
    expect(await verifyEvidence(evidence, TRUST)).toMatchObject({ verdict: "certified" });
    await askedAndCertified(service, zeta, 2);
    expect(zeta.refusal).toBeNull();
  });

  it("what the instance before certified stays proven by it", async () => {
    const { service, before, lineage, zeta, proofs } = await crash();
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    service.restart(after);
    await askedAndCertified(service, zeta, 1);
    for (const proof of proofs) {
      const evidence = proof.evidence();
      const { instanceId } = before.attestation;
      expect(evidence.attestation.instanceId).toBe(Buffer.from(instanceId).toString("hex"));
      expect(await verifyEvidence(JSON.parse(JSON.stringify(evidence)), TRUST)).toMatchObject({
        verdict: "certified",
      });
    }
  });

  it("an answer that is not in the journal is answer_lost, which is no lie", async () => {
    const { service, before, lineage, zeta, put } = await crash();
    const waiting = refusalFrom(put.certified());
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    service.restart(after);
    service.closeEpoch();
    const refusal = await waiting;
    expect(refusal).toMatchObject({ code: "answer_lost", check: "provisional" });
    expect(refusal.message).toMatch(
      /provisional; nobody was promised it \(told in epoch 3; .* epoch 2 last/,
    );
    expect((await judged(refusal)).verdict).toBe("rejected");
    expect(zeta.refusal).toBeNull();
  });

  it("a call that the new instance dropped itself is receipt_missing", async () => {
    const { service, before, lineage, zeta } = await crash();
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    service.restart(after);
    await askedAndCertified(service, zeta, 1);
    service.lies.drop = () => true;
    const put = await zeta.put("k", "v");
    service.closeEpoch();
    expect((await refusalFrom(put.certified())).code).toBe("receipt_missing");
  });

  it("a call of an epoch that was certified before must still have its receipt", async () => {
    const service = durable();
    const before = service.enclave;
    const lineage = before.lineageFrom();
    const zeta = await connected(service);
    service.lies.drop = () => true;
    const put = await zeta.put("k", "v");
    const heard = new Promise<void>((resolve) => {
      zeta.watch({ certificate: () => resolve() });
    });
    service.closeEpoch();
    await heard;
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    service.restart(after);
    service.closeEpoch();
    expect((await refusalFrom(put.certified())).code).toBe("receipt_missing");
  });

  it("an instance that made no checkpoint of its own is succeeded from the one it began with", async () => {
    const service = durable();
    const lineage = service.enclave.lineageFrom();
    service.enclave = new FakeEnclave(2, { lineage });
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    const after = new FakeEnclave(3, { lineage });
    after.rerun(before);
    service.restart(after);
    await askedAndCertified(service, zeta, 2);
    expect(zeta.attestation).toEqual(after.attestation);
  });

  it("the next restart is no other matter", async () => {
    const { service, before, lineage, zeta } = await crash();
    const second = new FakeEnclave(2, { lineage });
    second.rerun(before);
    service.restart(second);
    await askedAndCertified(service, zeta, 1);
    const third = new FakeEnclave(3, { lineage });
    third.rerun(second);
    service.restart(third);
    await askedAndCertified(service, zeta, 1);
    const fourth = new FakeEnclave(4, { lineage: third.lineageFrom() });
    service.restart(fourth);
    await askedAndCertified(service, zeta, 1);
    expect(zeta.attestation).toEqual(fourth.attestation);
  });

  it("an instance that has not caught up yet is waited for, and no answer is lost meanwhile", async () => {
    const { service, before, lineage, zeta, put } = await crash();
    const waiting = put.certified();
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before, 1);
    const troubled = new Promise<void>((resolve) => {
      zeta.watch({ contact: (error) => String(error).includes("missing epoch 2") && resolve() });
    });
    service.restart(after);
    await troubled;
    expect(zeta.attestation).toEqual(before.attestation);
    after.rerun(before);
    after.rerunOpen(before);
    service.closeEpoch();
    expect((await waiting).epoch).toBe(3);
    expect(zeta.attestation).toEqual(after.attestation);
  });

  it("a service that is gone for a while is waited for", async () => {
    const { service, before, lineage, zeta, put } = await crash();
    const waiting = put.certified();
    let refused = 0;
    service.lies.response = () => {
      refused++;
      throw new TypeError("connection refused");
    };
    service.endStreams();
    while (refused < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const after = new FakeEnclave(2, { lineage });
    after.rerun(before);
    after.rerunOpen(before);
    service.lies = {};
    service.restart(after);
    service.closeEpoch();
    expect((await waiting).epoch).toBe(3);
    expect(zeta.refusal).toBeNull();
  });
});

describe("after a clean stop", () => {
  it("the next instance goes on behind the checkpoint of the last", async () => {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    const after = new FakeEnclave(2, { lineage: before.lineageFrom() });
    service.restart(after);
    const [proof] = await askedAndCertified(service, zeta, 1);
    expect(proof?.epoch).toBe(3);
    expect(zeta.attestation).toEqual(after.attestation);
  });

  it("an answer whose receipt was not fetched in time is answer_lost, though it may have run", async () => {
    const service = durable();
    const zeta = await connected(service);
    const put = await zeta.put("k", "v");
    const before = service.enclave;
    before.closeEpoch();
    service.restart(new FakeEnclave(2, { lineage: before.lineageFrom() }));
    service.closeEpoch();
    const refusal = await refusalFrom(put.certified());
    expect(refusal).toMatchObject({ code: "answer_lost", check: "receipt_gone" });
    expect(refusal.message).toMatch(/receipt of epoch 1, and shows it no more .*first epoch is 2/);
  });

  /** An answer of epoch 1, whose receipt the instance before gives when the next one has taken over. */
  async function receiptUnderWay(isCertificateSeen: boolean) {
    const service = durable();
    const zeta = await connected(service);
    const put = await zeta.put("k", "v");
    const before = service.enclave;
    const certificate = before.closeEpoch();
    const receipt = before.receipt(put.requestId)?.receipt ?? new Uint8Array();
    let give = (_: Response) => {};
    const given = new Promise<Response>((resolve) => {
      give = resolve;
    });
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    if (isCertificateSeen) {
      const heard = new Promise<void>((resolve) => {
        zeta.watch({ certificate: () => resolve() });
      });
      await heard;
    }
    service.lies.response = (path) => {
      if (path !== "v1/receipts") return undefined;
      service.lies = {};
      asked();
      return given;
    };
    const after = new FakeEnclave(2, { lineage: before.lineageFrom() });
    const waiting = put.certified();
    if (!isCertificateSeen) {
      service.restart(after);
      service.closeEpoch();
    }
    await isAsked;
    const succeeded = new Promise<void>((resolve) => {
      zeta.watch({ restart: () => resolve() });
    });
    if (isCertificateSeen) {
      service.restart(after);
      service.closeEpoch();
      await succeeded;
    }
    const [one, two] = [receipt, certificate].map((bytes) => Buffer.from(bytes).toString("hex"));
    give(json({ receipts: [{ status: "certified", receipt: one, certificate: two }] }));
    return { waiting, before };
  }

  it("a receipt that was under way meanwhile proves the answer, by the instance before", async () => {
    const { waiting, before } = await receiptUnderWay(true);
    const evidence = (await waiting).evidence();
    expect(evidence.attestation.instanceId).toBe(
      Buffer.from(before.attestation.instanceId).toString("hex"),
    );
    expect(await verifyEvidence(JSON.parse(JSON.stringify(evidence)), TRUST)).toMatchObject({
      verdict: "certified",
    });
  });

  it("so does one under a certificate that came with it: the epoch is under the checkpoint", async () => {
    const { waiting, before } = await receiptUnderWay(false);
    const { attestation } = (await waiting).evidence();
    const { instanceId } = before.attestation;
    expect(attestation.instanceId).toBe(Buffer.from(instanceId).toString("hex"));
  });

  it("clients that saw nothing certified yet take it, too", async () => {
    const service = new FakeService();
    const before = service.enclave;
    const zeta = await connected(service);
    before.closeEpoch();
    const after = new FakeEnclave(2, { lineage: before.lineageFrom() });
    service.restart(after);
    await askedAndCertified(service, zeta, 1);
    expect(zeta.attestation).toEqual(after.attestation);
  });
});

describe("a restart with a lie", () => {
  /** Epochs 1 and 2 are certified to the client; then the answer of another instance, which `make` makes. */
  async function refusedWith(
    make: (before: FakeEnclave, service: FakeService) => FakeEnclave,
  ): Promise<{ refusal: RefusedError; zeta: ZetaClient }> {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 2);
    service.restart(make(before, service));
    const got = await zeta.get("k0");
    service.closeEpoch();
    return { refusal: await refusalFrom(got.certified()), zeta };
  }

  it("that certifies other answers of an epoch is instance_changed, and proves a fork", async () => {
    const { refusal, zeta } = await refusedWith((before) => {
      const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
      after.closeEpoch();
      after.closeEpoch();
      return after;
    });
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
    expect((await refusalFrom(zeta.get("k"))).code).toBe("instance_changed");
  });

  it.each([
    ["forgets all since its checkpoint", 0],
    ["forgets the last epoch", 1],
  ])("that %s and goes on is instance_changed, and proves a fork", async (_name, kept) => {
    const { refusal } = await refusedWith((before) => {
      const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
      after.rerun(before, kept);
      return after;
    });
    expect(refusal.code).toBe("instance_changed");
    expect((await judged(refusal)).verdict).toBe("fork");
  });

  it("that never comes as far as what was certified is instance_changed", async () => {
    const service = durable();
    const before = service.enclave;
    const zeta = await connected(service);
    await askedAndCertified(service, zeta, 3);
    const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
    after.rerun(before, 1);
    service.restart(after);
    const got = await zeta.get("k0");
    const refusal = await refusalFrom(got.certified({ timeoutMs: 400 }));
    expect(refusal.code).toBe("instance_changed");
    expect(refusal.message).toContain("data rolled back: missing epochs 2 to 3");
    expect((await judged(refusal)).verdict).toBe("rejected");
  });

  it("that hides certificates of epochs it must have is instance_changed", async () => {
    const { refusal } = await refusedWith((before, service) => {
      const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
      after.rerun(before);
      service.oldest = 3;
      return after;
    });
    expect(refusal.code).toBe("instance_changed");
    expect(refusal.message).toContain("data rolled back: missing epochs 1 to 2");
  });

  it("through an instance whose epochs nobody can compare any more is instance_changed", async () => {
    const { refusal } = await refusedWith((before) => {
      const between = new FakeEnclave(2, { lineage: fromEpoch0(before) });
      between.rerun(before);
      return new FakeEnclave(3, { lineage: between.lineageFrom() });
    });
    expect(refusal.code).toBe("instance_changed");
    expect(refusal.message).toContain(
      "epochs 1 to 2, which this client saw certified, come before",
    );
  });

  it("behind a checkpoint over another certificate is instance_changed, and proves a fork", async () => {
    const { refusal } = await refusedWith((before) => {
      const checkpoint = before.checkpoint({ previous: new Uint8Array(32).fill(5) });
      const after = new FakeEnclave(2, { lineage: before.lineageFrom(checkpoint) });
      after.closeEpoch();
      return after;
    });
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("that continues somebody else's data is instance_changed, and proves a fork", async () => {
    const { refusal } = await refusedWith(() => {
      const other = new FakeEnclave(7);
      other.closeEpoch();
      return new FakeEnclave(2, { lineage: other.lineageFrom() });
    });
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("under a lineage that does not hold is lineage_invalid", async () => {
    const { refusal } = await refusedWith((before, service) => {
      const after = new FakeEnclave(2, { lineage: before.lineageFrom() });
      const [ancestor] = after.lineage;
      const checkpoint = new FakeEnclave(9).checkpoint({
        instanceId: before.attestation.instanceId,
        epoch: 2,
      });
      const forged = ancestor === undefined ? [] : [{ ...ancestor, checkpoint }];
      service.lies.response = (path) =>
        path === "v1/lineage" ? json(lineageToJson(forged)) : undefined;
      return after;
    });
    expect(refusal.code).toBe("lineage_invalid");
    expect(await judged(refusal)).toEqual({ verdict: "rejected", code: "lineage_invalid" });
  });

  it("through an instance of code that the policy does not accept is lineage_invalid", async () => {
    const { refusal } = await refusedWith((before) => {
      const measurement = new Uint8Array(32);
      const between = new FakeEnclave(2, { lineage: before.lineageFrom(), measurement });
      between.closeEpoch();
      return new FakeEnclave(3, { lineage: between.lineageFrom() });
    });
    expect(refusal).toMatchObject({ code: "lineage_invalid", check: "MEASUREMENT_NOT_ALLOWED" });
  });

  it("that contradicts itself is chain_broken, and proves a fork", async () => {
    const { refusal } = await refusedWith((before, service) => {
      const after = new FakeEnclave(2, { lineage: fromEpoch0(before) });
      after.rerun(before);
      const twin = after.sign({ epoch: 2, previous: new Uint8Array(32).fill(6) });
      service.lies.response = (path) =>
        path === "v1/epochs/2/certificate"
          ? json({ epoch: 2, certificate: Buffer.from(twin).toString("hex") })
          : undefined;
      return after;
    });
    expect(refusal.code).toBe("chain_broken");
    expect(await judged(refusal)).toEqual({ verdict: "fork", code: "fork" });
  });

  it("with a certificate that another key signed is certificate_invalid", async () => {
    const { refusal } = await refusedWith((before, service) => {
      const lineage = fromEpoch0(before);
      const after = new FakeEnclave(2, { lineage });
      after.rerun(before);
      const { instanceId } = after.attestation;
      const forged = new FakeEnclave(9, { lineage }).sign({ instanceId, epoch: 1 });
      service.lies.response = (path) =>
        path === "v1/epochs/1/certificate"
          ? json({ epoch: 1, certificate: Buffer.from(forged).toString("hex") })
          : undefined;
      return after;
    });
    expect(refusal.code).toBe("certificate_invalid");
  });
});
