// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate, NO_CERTIFICATE } from "@zeta/protocol/certificate";
import { describe, expect, it } from "vitest";
import { CertificateChain, ChainFailure } from "../src/certificate-chain.ts";
import { FROM_NOTHING } from "../src/verify/beginning.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";

function chainOf(enclave: FakeEnclave, epochs: number): CertificateChain {
  const chain = new CertificateChain(enclave.attestation);
  for (let i = 0; i < epochs; i++) chain.take(decodeCertificate(enclave.closeEpoch()));
  return chain;
}

function failureOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

describe("the certificates a client remembers", () => {
  it("start anywhere and go on without gaps", () => {
    const enclave = new FakeEnclave(1);
    for (let i = 0; i < 7; i++) enclave.closeEpoch();
    const chain = chainOf(enclave, 3);
    expect(chain.firstEpoch).toBe(7);
    expect(chain.length).toBe(3);
    expect(chain.head?.certificate.epoch).toBe(9);
    expect(chain.birth).toBeNull();
    const ahead = [enclave.closeEpoch(), enclave.closeEpoch()].map((one) => decodeCertificate(one));
    expect(ahead[1] && chain.take(ahead[1])).toBe("gap");
    expect(ahead.map((one) => chain.take(one))).toEqual(["new", "new"]);
    expect(ahead.map((one) => chain.take(one))).toEqual(["known", "known"]);
  });

  it("remember where the history began", () => {
    const enclave = new FakeEnclave(1);
    const chain = chainOf(enclave, 2);
    expect(chain.birth?.certificate.epoch).toBe(0);
    const later = new CertificateChain(enclave.attestation);
    later.take(decodeCertificate(enclave.closeEpoch()));
    later.rememberBirth(decodeCertificate(enclave.closed[0]?.certificate ?? NO_CERTIFICATE));
    expect(later.birth?.certificate.epoch).toBe(0);
    const twin = decodeCertificate(enclave.sign({ epoch: 0, operations: 5n }));
    expect(failureOf(() => later.take(twin))).toMatchObject({ code: "fork" });
  });

  it("keep both certificates that exclude each other", () => {
    const enclave = new FakeEnclave(1);
    const chain = chainOf(enclave, 3);
    const twin = decodeCertificate(enclave.sign({ epoch: 1, operations: 5n }));
    const failure = failureOf(() => chain.take(twin));
    expect(failure).toBeInstanceOf(ChainFailure);
    expect(failure).toMatchObject({ code: "fork", ours: chain.get(1), theirs: twin });
    expect(chain.head?.certificate.epoch).toBe(2);
  });

  it.each([
    ["another predecessor", { previous: new Uint8Array(32) }, "chain_broken"],
    ["another instance", { instanceId: new Uint8Array(32) }, "certificate_invalid"],
    ["another service", { serviceId: "bank" }, "certificate_invalid"],
    ["another profile", { profile: "kv64" as const }, "certificate_invalid"],
    ["another monitor", { measurement: new Uint8Array(32) }, "certificate_invalid"],
  ])("refuse %s", (_name, fields, code) => {
    const enclave = new FakeEnclave(1);
    const chain = chainOf(enclave, 2);
    const previous = chain.head?.hash ?? NO_CERTIFICATE;
    const next = decodeCertificate(enclave.sign({ epoch: 2, previous, ...fields }));
    expect(failureOf(() => chain.take(next))).toMatchObject({ code });
    expect(chain.head?.certificate.epoch).toBe(1);
  });

  it("refuse a known certificate under another signature", () => {
    const enclave = new FakeEnclave(1);
    const chain = chainOf(enclave, 2);
    const head = chain.head;
    const signature = new FakeEnclave(2).closeEpoch().slice(-65);
    const forged = { ...(head ?? decodeCertificate(enclave.closeEpoch())), signature };
    expect(failureOf(() => chain.take(forged))).toMatchObject({ code: "certificate_invalid" });
  });

  it("are handed out as runs that end with the epoch asked for", () => {
    const enclave = new FakeEnclave(1);
    const chain = chainOf(enclave, 3);
    expect(chain.upTo(2, 2)).toEqual(enclave.closed.slice(1, 3).map((one) => one.certificate));
    expect(chain.upTo(2, 9)).toHaveLength(3);
    expect(chain.upTo(3, 9)).toEqual([]);
    expect(chain.get(3)).toBeNull();
  });

  it("are bounded: the oldest are forgotten, and the chain still counts them", () => {
    const enclave = new FakeEnclave(1);
    const chain = new CertificateChain(enclave.attestation, FROM_NOTHING, 2);
    for (let i = 0; i < 5; i++) chain.take(decodeCertificate(enclave.closeEpoch()));
    expect([2, 3, 4].map((epoch) => chain.get(epoch) !== null)).toEqual([false, true, true]);
    expect(chain.length).toBe(5);
    const old = enclave.closed[1]?.certificate ?? NO_CERTIFICATE;
    expect(chain.take(decodeCertificate(old))).toBe("known");
    const forged = decodeCertificate(enclave.sign({ epoch: 1, serviceId: "bank" }));
    expect(failureOf(() => chain.take(forged))).toMatchObject({ code: "certificate_invalid" });
  });
});
