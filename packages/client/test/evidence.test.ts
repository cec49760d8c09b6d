// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate, NO_CERTIFICATE } from "@zeta/protocol/certificate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEvidence, type Evidence } from "../src/evidence.ts";
import { EVIDENCE_CERTIFICATES_MAX } from "../src/limits.ts";
import { verifyEvidence } from "../src/verify-evidence.ts";
import { writeEvidence } from "../src/write-evidence.ts";
import { certifiedAnswer } from "./support/certified-answer.ts";
import { TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";

const key = new TextEncoder().encode("k");
const certified = writeEvidence(
  certifiedAnswer(new FakeEnclave(21), [[{ operation: "get", key }, { value: null }]], 0),
);

async function verdictOf(evidence: unknown) {
  const { verdict, code, check } = await verifyEvidence(evidence, TRUST);
  return { verdict, code, check };
}

describe("evidence of an answer", () => {
  it("survives a round trip through JSON", () => {
    const content = decodeEvidence(JSON.parse(JSON.stringify(certified)));
    expect(writeEvidence(content)).toEqual(certified);
  });

  it("is certified, whatever refusal the file claims", async () => {
    const claim = { code: "violation", check: "M.hash", detail: "they lied!" };
    const expected = { verdict: "certified", code: null, check: null };
    expect(await verdictOf(certified)).toEqual(expected);
    expect(await verdictOf({ ...certified, refusal: claim, createdAt: "2026-01-01" })).toEqual(
      expected,
    );
  });

  it.each([
    ["without question", { question: null }, "evidence_incomplete"],
    ["without answer", { answer: null }, "evidence_incomplete"],
    ["without receipt", { receipt: null }, "receipt_missing"],
    ["without certificates", { certificates: [] }, "evidence_incomplete"],
    ["with another answer", { answer: { result: "0101" } }, "answer_mismatch"],
    ["with a violation that is none", { violation: "00" }, "violation_invalid"],
    [
      "with a fork that is none",
      { other: { attestation: null, certificates: certified.certificates } },
      "fork_unproven",
    ],
  ])("is rejected %s", async (_name, change, code) => {
    expect(await verdictOf({ ...certified, ...change })).toMatchObject({
      verdict: "rejected",
      code,
    });
  });
});

describe("evidence of a violation", () => {
  const enclave = new FakeEnclave(22);
  const { attestation } = enclave;
  const statement = enclave.violation("V.time");

  it("names the check that the monitor refused", async () => {
    const evidence = writeEvidence({ attestation, violation: statement });
    expect(await verdictOf(evidence)).toEqual({
      verdict: "violation",
      code: "violation",
      check: "V.time",
    });
  });

  it.each([
    ["another instance signed it", new FakeEnclave(23).violation("V.time")],
    ["it is about another service", enclave.violation("V.time", { serviceId: "bank" })],
    ["it is about other code", enclave.violation("V.time", { measurement: new Uint8Array(32) })],
    ["its signature is broken", statement.map((byte, i) => (i === 200 ? byte ^ 1 : byte))],
    ["it is cut short", statement.slice(0, -1)],
  ])("is rejected when %s", async (_name, violation) => {
    expect(await verdictOf(writeEvidence({ attestation, violation }))).toMatchObject({
      verdict: "rejected",
      code: "violation_invalid",
    });
  });
});

describe("evidence of a fork", () => {
  const one = new FakeEnclave(24);
  const ours = [one.closeEpoch(), one.closeEpoch(), one.closeEpoch()];
  const fork = (theirs: readonly Uint8Array[], other: FakeEnclave | null, from = 0) =>
    verdictOf(
      writeEvidence({
        attestation: one.attestation,
        certificates: ours.slice(from),
        other: { attestation: other?.attestation ?? null, certificates: theirs },
      }),
    );
  /** The first certificates of another instance that began from nothing. */
  const instance = () => {
    const enclave = new FakeEnclave(25);
    return { enclave, certificates: [enclave.closeEpoch(), enclave.closeEpoch()] };
  };
  const forked = { verdict: "fork", code: "fork", check: null };
  const unproven = { verdict: "rejected", code: "fork_unproven", check: null };

  it("holds for two certificates of one epoch by one instance", async () => {
    expect(await fork([one.sign({ epoch: 1, operations: 3n })], null)).toEqual(forked);
    expect(await fork([ours[1] ?? NO_CERTIFICATE], null)).toEqual(unproven);
  });

  it("holds for a broken link by one instance", async () => {
    const previous = new Uint8Array(32).fill(1);
    expect(await fork([one.sign({ epoch: 3, previous })], null)).toEqual(forked);
    expect(await fork([one.sign({ epoch: 9, previous })], null)).toEqual(unproven);
  });

  it("holds for two instances that both began from nothing", async () => {
    const { enclave, certificates } = instance();
    expect(await fork(certificates, enclave)).toEqual(forked);
    expect(await fork(certificates.slice(1), enclave)).toEqual(unproven);
    expect(await fork(certificates, enclave, 1)).toEqual(unproven);
  });

  describe("by instances that grew from one empty store", () => {
    const root = new FakeEnclave(27);
    root.closeEpoch();
    const lineage = root.lineageFrom();
    const leaf = (byte: number) => ({
      requestId: new Uint8Array(16).fill(byte),
      function: 0,
      hash: new Uint8Array(32).fill(byte),
    });
    /** An instance with a call in each epoch. */
    const instanceOf = (seed: number, from: typeof lineage, calls: readonly number[]) => {
      const enclave = new FakeEnclave(seed, { lineage: from });
      for (const byte of calls) {
        enclave.append(leaf(byte));
        enclave.closeEpoch();
      }
      return enclave;
    };
    const certificatesOf = ({ closed }: FakeEnclave) => closed.map((one) => one.certificate);
    const between = (before: FakeEnclave, after: FakeEnclave, from = after.lineage) =>
      verdictOf(
        writeEvidence({
          attestation: before.attestation,
          lineage: before.lineage,
          certificates: certificatesOf(before),
          other: {
            attestation: after.attestation,
            lineage: from,
            certificates: certificatesOf(after),
          },
        }),
      );
    const crashed = instanceOf(28, lineage, [1, 2]);

    it("does not hold when the second ran the journal again, and went on", async () => {
      expect(await between(crashed, instanceOf(29, lineage, [1, 2, 3]))).toEqual(unproven);
    });

    it("holds when the second certified other answers of an epoch, or other counts", async () => {
      expect(await between(crashed, instanceOf(29, lineage, [1, 7]))).toEqual(forked);
      expect(await between(crashed, instanceOf(29, lineage, [7]))).toEqual(forked);
      const counting = new FakeEnclave(29, { lineage });
      counting.rerun(crashed, 1);
      const { certificate } = counting.closed[0] ?? { certificate: NO_CERTIFICATE };
      const { leafCount, receiptsRoot } = decodeCertificate(certificate).certificate.threads[0] ?? {
        leafCount: 0n,
        receiptsRoot: NO_CERTIFICATE,
      };
      const other = (fields: Parameters<FakeEnclave["sign"]>[0]) =>
        verdictOf(
          writeEvidence({
            attestation: crashed.attestation,
            lineage,
            certificates: certificatesOf(crashed),
            other: {
              attestation: counting.attestation,
              lineage,
              certificates: [counting.sign({ epoch: 1, ...fields })],
            },
          }),
        );
      expect(await other({})).toEqual(unproven);
      expect(await other({ operations: 9n })).toEqual(forked);
      const one = { leafCount, receiptsRoot };
      expect(await other({ threads: [one, one] })).toEqual(forked);
      expect(await other({ threads: [{ ...one, leafCount: 5n }] })).toEqual(forked);
    });

    it("is not said to be one host's: anybody can go on from a public checkpoint", async () => {
      const after = instanceOf(29, lineage, [1, 7]);
      const evidence = writeEvidence({
        attestation: crashed.attestation,
        lineage,
        certificates: certificatesOf(crashed),
        other: { attestation: after.attestation, lineage, certificates: certificatesOf(after) },
      });
      const { report } = await verifyEvidence(evidence, TRUST);
      expect(report()).toMatch(
        /^fork .*; that one host ran both is the word of whoever made the file$/m,
      );
    });

    it("does not hold for a clean restart, which begins after the last epoch", async () => {
      const after = instanceOf(29, crashed.lineageFrom(), [3]);
      expect(await between(crashed, after)).toEqual(unproven);
      expect(await between(after, crashed)).toEqual(unproven);
    });

    it("holds when an earlier checkpoint is continued with other answers", async () => {
      const checkpoint = instanceOf(28, lineage, [1]).checkpoint();
      const after = instanceOf(29, crashed.lineageFrom(checkpoint), [7]);
      expect(await between(crashed, after)).toEqual(forked);
      const honest = instanceOf(29, crashed.lineageFrom(checkpoint), [2, 7]);
      expect(await between(crashed, honest)).toEqual(unproven);
    });

    it("holds when a checkpoint is over another certificate than the one of its epoch", async () => {
      const checkpoint = crashed.checkpoint({ previous: new Uint8Array(32).fill(4) });
      const after = instanceOf(29, crashed.lineageFrom(checkpoint), [3]);
      expect(await between(crashed, after)).toEqual(forked);
      expect(await between(after, crashed)).toEqual(forked);
    });

    it("holds when each has an empty store of its own behind it", async () => {
      const another = new FakeEnclave(30);
      another.closeEpoch();
      const after = instanceOf(29, another.lineageFrom(), [1, 2]);
      expect(await between(crashed, after)).toEqual(forked);
      expect(await between(root, after)).toEqual(forked);
    });

    it("does not hold under a lineage that does not hold", async () => {
      const after = instanceOf(29, lineage, [7]);
      expect(await between(crashed, after, crashed.lineageFrom())).toMatchObject({
        code: "certificate_invalid",
      });
      const broken = [{ attestation: one.attestation, checkpoint: root.checkpoint() }];
      expect(await between(crashed, after, broken)).toMatchObject({ code: "lineage_invalid" });
    });
  });

  it("does not hold against an instance that the policy does not accept", async () => {
    const stranger = new FakeEnclave(26, { measurement: new Uint8Array(32) });
    expect(await fork([stranger.closeEpoch()], stranger)).toMatchObject({
      verdict: "rejected",
      code: "attestation_rejected",
    });
  });
});

describe("a malformed file", () => {
  const { question, answer } = certified;
  const files: [string, unknown][] = [
    ["null", null],
    ["a list", []],
    ["another format", { ...certified, format: "zeta.proof" }],
    ["another version", { ...certified, version: 2 }],
    ["a member too many", { ...certified, extra: 1 }],
    ["a member too few", { ...certified, receipt: undefined }],
    ["a nested member too many", { ...certified, answer: { ...answer, more: 1 } }],
    ["upper-case hex", { ...certified, receipt: "AB" }],
    ["odd hex", { ...certified, receipt: "abc" }],
    ["another operation", { ...certified, question: { ...question, operation: "scan" } }],
    ["a short request id", { ...certified, question: { ...question, requestId: "00" } }],
    ["a text for a list", { ...certified, certificates: "00" }],
    [
      "too many certificates",
      {
        ...certified,
        certificates: new Array(EVIDENCE_CERTIFICATES_MAX + 1).fill(certified.certificates[0]),
      },
    ],
    ["a huge result", { ...certified, answer: { result: "00".repeat((1 << 20) + 2) } }],
    ["null for a lineage", { ...certified, lineage: null }],
    ["a lineage with a hole", { ...certified, lineage: [{}] }],
    ["an attestation of another kind", { ...certified, attestation: {} }],
    ["a number for a time", { ...certified, createdAt: 7 }],
  ];
  it.each(files)("is rejected: %s", async (_name, file) => {
    expect(await verdictOf(file)).toMatchObject({
      verdict: "rejected",
      code: "evidence_malformed",
    });
  });

  it("never throws, and nothing but the honest file is certified", async () => {
    const members = Object.keys(certified) as (keyof Evidence)[];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...members), fc.jsonValue(), async (member, value) => {
        if (member === "refusal") return;
        const { verdict } = await verifyEvidence({ ...certified, [member]: value }, TRUST);
        const same = JSON.stringify(value) === JSON.stringify(certified[member]);
        expect(verdict === "certified").toBe(same);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
