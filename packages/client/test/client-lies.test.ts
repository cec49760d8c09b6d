// SPDX-License-Identifier: Apache-2.0
import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { describe, expect, it } from "vitest";
import type { RefusedError } from "../src/refusal.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { connected, refusalFrom, TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";
import { FakeService, json } from "./support/fake-service.ts";

/** What anybody makes of the evidence in a refusal. */
async function judged(refusal: RefusedError) {
  const { verdict, code, check } = await verifyEvidence(
    JSON.parse(JSON.stringify(refusal.evidence)),
    TRUST,
  );
  return { verdict, code, check };
}

const base64 = (...bytes: number[]) => Buffer.from(bytes).toString("base64");

/** Resolves when somebody reads the event stream. */
async function listening(service: FakeService): Promise<void> {
  while (service.openStreams === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("a lie about one answer", () => {
  it("another value than the monitor computed is an answer_mismatch", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("k", "old");
    await zeta.put("k", "new");
    service.lies.answer = (honest) => ({ ...honest, result: base64(1, ...Buffer.from("old")) });
    const got = await zeta.get("k");
    expect(String(got.value)).toBe("old");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("answer_mismatch");
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected", code: "answer_mismatch" });
  });

  it("the receipt of an earlier request is a receipt_mismatch", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.put("k", "old");
    const earlier = await zeta.get("k");
    service.closeEpoch();
    await earlier.certified();
    const old = service.enclave.receipt(earlier.requestId);
    service.lies.answer = (honest) => ({ ...honest, epoch: 0, result: base64(1, 111, 108, 100) });
    service.lies.receipt = () => ({
      status: "certified",
      requestId: toHex(earlier.requestId),
      receipt: toHex(old?.receipt ?? new Uint8Array()),
      certificate: toHex(old?.certificate ?? new Uint8Array()),
    });
    const refusal = await refusalFrom((await zeta.get("k")).certified());
    expect(refusal.code).toBe("receipt_mismatch");
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected", code: "receipt_mismatch" });
  });

  it("the answer to another request is refused at once", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.answer = (honest) => ({ ...honest, requestId: "00".repeat(16) });
    expect((await refusalFrom(zeta.get("k"))).code).toBe("receipt_mismatch");
  });

  it("a call that was never executed is a receipt_missing", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.drop = () => true;
    const put = await zeta.put("k", "v");
    service.closeEpoch();
    const refusal = await refusalFrom(put.certified());
    expect(refusal.code).toBe("receipt_missing");
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected", code: "receipt_missing" });
  });

  it("a receipt that stays provisional after its epoch is certified is missing too", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.receipt = (_, id) => ({ status: "provisional", requestId: id });
    const put = await zeta.put("k", "v");
    service.closeEpoch();
    expect((await refusalFrom(put.certified())).code).toBe("receipt_missing");
  });

  it.each([
    ["epoch", { epoch: 0 }],
    ["thread", { thread: 1 }],
  ])("another %s than told is a receipt_mismatch", async (_name, told) => {
    const service = new FakeService(1, 2);
    service.closeEpoch();
    const zeta = await connected(service);
    service.lies.answer = (honest) => ({ ...honest, ...told });
    const got = await zeta.get("k");
    service.closeEpoch();
    expect((await refusalFrom(got.certified())).code).toBe("receipt_mismatch");
  });

  it("an epoch that never comes is a certification_timeout", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.answer = (honest) => ({ ...honest, epoch: 0xffff_ffff });
    const got = await zeta.get("k");
    service.closeEpoch();
    const refusal = await refusalFrom(got.certified({ timeoutMs: 50 }));
    expect(refusal.code).toBe("certification_timeout");
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected" });
  });

  it("does not spoil the other answers", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.lies.drop = ({ operation }) => operation === "put";
    const put = await zeta.put("k", "v");
    const got = await zeta.get("k");
    service.closeEpoch();
    expect((await got.certified()).value).toBeNull();
    expect((await refusalFrom(put.certified())).code).toBe("receipt_missing");
    expect(zeta.refusal).toBeNull();
  });
});

describe("a violation", () => {
  it("in answer to a call is refused with the monitor's statement", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.fail(service.enclave.violation("M.hash"));
    const refusal = await refusalFrom(zeta.get("k"));
    expect(refusal).toMatchObject({ code: "violation", check: "M.hash" });
    expect(await judged(refusal)).toEqual({
      verdict: "violation",
      code: "violation",
      check: "M.hash",
    });
    expect((await refusalFrom(zeta.put("k", "v"))).code).toBe("violation");
  });

  it("reaches answers that wait; what was certified before stays provable", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const before = await zeta.get("k");
    service.enclave.closeEpoch();
    const after = await zeta.get("k");
    // The first question for the receipt comes too early, so that the violation is known before the second.
    let asked = 0;
    service.lies.receipt = (honest) => (asked++ === 0 ? { status: "provisional" } : honest);
    const waiting = [before.certified(), refusalFrom(after.certified())] as const;
    await listening(service);
    service.fail(service.enclave.violation("A.hash"));
    expect((await waiting[0]).epoch).toBe(0);
    expect(await waiting[1]).toMatchObject({ code: "violation", check: "A.hash" });
  });

  it("is found by polling too", async () => {
    const service = new FakeService();
    service.streams = false;
    const zeta = await connected(service);
    const waiting = (await zeta.get("k")).certified();
    service.fail(service.enclave.violation("A.hash"));
    expect((await refusalFrom(waiting)).code).toBe("violation");
  });

  it("that another key signed says nothing", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    service.fail(new FakeEnclave(99).violation("M.hash"));
    const refusal = await refusalFrom(zeta.get("k"));
    expect(refusal).toMatchObject({ code: "service_error", check: "monitor_failed" });
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected" });
  });
});

describe("a lie about the history", () => {
  /** A client that trusts epoch 0 and waits for an answer of epoch 1. */
  async function waitingClient() {
    const service = new FakeService();
    service.closeEpoch();
    const zeta = await connected(service);
    const got = await zeta.get("k");
    const waiting = refusalFrom(got.certified({ timeoutMs: 2000 }));
    await listening(service);
    return { service, zeta, waiting };
  }

  it("a certificate signed by another key is certificate_invalid", async () => {
    const { service, waiting } = await waitingClient();
    const { instanceId } = service.enclave.attestation;
    service.lies.streamed = () => new FakeEnclave(5).sign({ instanceId, epoch: 1 });
    service.closeEpoch();
    const refusal = await waiting;
    expect(refusal.code).toBe("certificate_invalid");
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected" });
  });

  it("bytes that are no certificate are certificate_invalid", async () => {
    const { service, waiting } = await waitingClient();
    const hex = "00".repeat(300);
    service.lies.response = (path) =>
      path === "v1/epochs/latest" ? json({ certificate: hex }) : undefined;
    service.endStreams();
    expect((await waiting).code).toBe("certificate_invalid");
  });

  it("a certificate of other code or another service is certificate_invalid", async () => {
    for (const fields of [{ measurement: new Uint8Array(32) }, { serviceId: "other" }]) {
      const { service, waiting } = await waitingClient();
      service.publishCertificate(service.enclave.sign({ epoch: 1, ...fields }));
      expect((await waiting).code).toBe("certificate_invalid");
    }
  });

  it("two certificates of one epoch are a fork, proven by both", async () => {
    const { service, waiting } = await waitingClient();
    service.publishCertificate(service.enclave.sign({ epoch: 0, operations: 7n }));
    const refusal = await waiting;
    expect(refusal.code).toBe("fork");
    expect(await judged(refusal)).toMatchObject({ verdict: "fork", code: "fork" });
  });

  it("a certificate that differs only where a receipt brings it is a fork too", async () => {
    const service = new FakeService();
    const zeta = await connected(service);
    const got = await zeta.get("k");
    service.closeEpoch();
    const certificate = toHex(service.enclave.sign({ operations: 7n }));
    service.lies.receipt = (honest) => ({ ...honest, certificate });
    const refusal = await refusalFrom(got.certified());
    expect(refusal.code).toBe("fork");
    expect(await judged(refusal)).toMatchObject({ verdict: "fork" });
  });

  it("a certificate that continues another one is chain_broken, and proves a fork", async () => {
    const { service, waiting } = await waitingClient();
    const previous = new Uint8Array(32).fill(9);
    service.publishCertificate(service.enclave.sign({ epoch: 1, previous }));
    const refusal = await waiting;
    expect(refusal.code).toBe("chain_broken");
    expect(await judged(refusal)).toMatchObject({ verdict: "fork" });
  });

  it.each([
    ["fewer operations", { operations: 0n }],
    ["another number of threads", { threads: [] as never[] }],
  ])("%s than before is chain_broken", async (_name, fields) => {
    const service = new FakeService();
    const zeta = await connected(service);
    await zeta.get("k");
    const { hash } = decodeCertificate(service.closeEpoch());
    const got = await zeta.get("k");
    const waiting = refusalFrom(got.certified({ timeoutMs: 2000 }));
    await listening(service);
    const one = { leafCount: 0n, receiptsRoot: new Uint8Array(32) };
    const threads = "threads" in fields ? { threads: [one, one] } : {};
    service.publishCertificate(
      service.enclave.sign({ epoch: 1, previous: hash, ...fields, ...threads }),
    );
    expect((await waiting).code).toBe("chain_broken");
  });

  it("a gap that the service does not fill is chain_broken", async () => {
    const service = new FakeService();
    service.streams = false;
    service.closeEpoch();
    const zeta = await connected(service);
    const got = await zeta.get("k");
    service.oldest = 3;
    for (let epoch = 1; epoch < 5; epoch++) service.closeEpoch();
    expect((await refusalFrom(got.certified({ timeoutMs: 2000 }))).code).toBe("chain_broken");
  });

  it("another instance that begins anew is instance_changed, and proves a fork", async () => {
    const { service, waiting } = await waitingClient();
    service.enclave = new FakeEnclave(6);
    service.closeEpoch();
    const refusal = await waiting;
    expect(refusal.code).toBe("instance_changed");
    expect(await judged(refusal)).toMatchObject({ verdict: "fork" });
  });

  it("another instance is noticed even when the host keeps its certificates back", async () => {
    const service = new FakeService();
    service.closeEpoch();
    const zeta = await connected(service);
    service.enclave = new FakeEnclave(6);
    service.lies.streamed = () => null;
    const got = await zeta.get("k");
    const refusal = await refusalFrom(got.certified({ timeoutMs: 2000 }));
    expect(refusal.code).toBe("instance_changed");
  });

  it("another instance of unacceptable code is attestation_rejected", async () => {
    const { service, waiting } = await waitingClient();
    service.enclave = new FakeEnclave(6, { measurement: new Uint8Array(32) });
    service.closeEpoch();
    const refusal = await waiting;
    expect(refusal).toMatchObject({
      code: "attestation_rejected",
      check: "MEASUREMENT_NOT_ALLOWED",
    });
  });

  it("a certificate of an instance that the service does not attest is certificate_invalid", async () => {
    const { service, waiting } = await waitingClient();
    service.publishCertificate(new FakeEnclave(6).closeEpoch());
    expect((await waiting).code).toBe("certificate_invalid");
  });

  it("refuses everything after it", async () => {
    const { service, zeta, waiting } = await waitingClient();
    service.publishCertificate(service.enclave.sign({ epoch: 0, operations: 7n }));
    await waiting;
    expect(await refusalFrom(zeta.get("k"))).toMatchObject({ code: "fork" });
    expect(zeta.refusal?.code).toBe("fork");
  });
});

describe("connecting", () => {
  it("refuses a simulated quote unless it is told to accept one", async () => {
    const refusal = await refusalFrom(
      connected(new FakeService(), { trust: { measurements: TRUST.measurements } }),
    );
    expect(refusal).toMatchObject({
      code: "attestation_rejected",
      check: "SIMULATION_NOT_ALLOWED",
    });
    expect(await judged(refusal)).toMatchObject({ verdict: "rejected" });
  });

  it("refuses a monitor that is not the one of this release", async () => {
    const refusal = await refusalFrom(
      connected(new FakeService(), { trust: { simulation: true } }),
    );
    expect(refusal.check).toBe("MEASUREMENT_NOT_ALLOWED");
  });

  it("refuses a key that the quote does not bind", async () => {
    const service = new FakeService();
    const { publicKey } = new FakeEnclave(8).attestation;
    const lie = { ...service.enclave.attestation, publicKey };
    service.lies.response = (path) =>
      path === "v1/attestation" ? json(serviceAttestationToJson(lie)) : undefined;
    const refusal = await refusalFrom(connected(service));
    expect(refusal).toMatchObject({ code: "attestation_rejected", check: "REPORT_DATA_MISMATCH" });
  });

  it("refuses a newest certificate of another key", async () => {
    const service = new FakeService();
    service.closeEpoch();
    const { instanceId } = service.enclave.attestation;
    const certificate = toHex(new FakeEnclave(5).sign({ instanceId }));
    service.lies.response = (path) =>
      path === "v1/epochs/latest" ? json({ certificate }) : undefined;
    expect((await refusalFrom(connected(service))).code).toBe("certificate_invalid");
  });
});
