// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import { encodeKvResult } from "@zeta/protocol/kv";
import { decodeReceipt, encodeReceipt } from "@zeta/protocol/receipt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveTrust } from "../src/trust.ts";
import { type AnswerEvidence, verifyAnswer } from "../src/verify/verify-answer.ts";
import { certifiedAnswer } from "./support/certified-answer.ts";
import { TRUST } from "./support/connected.ts";
import { FakeEnclave } from "./support/fake-enclave.ts";

const { policy } = resolveTrust(TRUST);
const key = (text: string) => new TextEncoder().encode(text);

/** Epochs 0 to 2 of two threads; the answer is call `index` of `count` in epoch 2, on thread 1. */
function honest(count = 5, index = 3): AnswerEvidence {
  const enclave = new FakeEnclave(11, { threads: 2 });
  enclave.closeEpoch();
  enclave.closeEpoch();
  const calls = Array.from({ length: count }, (_, i) => {
    const call = { operation: "get", key: key(`k${i}`) } as const;
    return [call, { value: key(`v${i}`) }] as const;
  });
  return certifiedAnswer(enclave, calls, index, 1);
}

async function codeOf(evidence: AnswerEvidence): Promise<string | null> {
  return (await verifyAnswer(evidence, policy)).failure?.code ?? null;
}

function withReceipt(
  evidence: AnswerEvidence,
  change: Partial<ReturnType<typeof decodeReceipt>>,
): AnswerEvidence {
  const receipt = decodeReceipt(evidence.receipt ?? new Uint8Array());
  return { ...evidence, receipt: encodeReceipt({ ...receipt, ...change }) };
}

describe("verifyAnswer", () => {
  it("names nine steps in order, all passed, for an honest answer", async () => {
    const { steps, failure } = await verifyAnswer(honest(), policy);
    expect(failure).toBeNull();
    expect(steps.every(({ ok }) => ok)).toBe(true);
    expect(steps.map(({ name }) => name).join(" ")).toBe(
      "quote report-data instance measurement certificate chain receipt leaf path",
    );
  });

  it("accepts any leaf of any tree size", async () => {
    for (const count of [1, 2, 3, 5, 8]) {
      for (let index = 0; index < count; index++) {
        expect(await codeOf(honest(count, index))).toBeNull();
      }
    }
  });

  const evidence = honest();
  const other = honest(5, 2);
  const { question } = evidence;
  const lies: [string, AnswerEvidence, string][] = [
    ["another result", { ...evidence, result: other.result }, "answer_mismatch"],
    ["absent instead", { ...evidence, result: encodeKvResult({ value: null }) }, "answer_mismatch"],
    [
      "another key asked",
      { ...evidence, question: { ...question, argument: key("k9") } },
      "answer_mismatch",
    ],
    [
      "another function asked",
      { ...evidence, question: { ...question, operation: "delete" } },
      "receipt_mismatch",
    ],
    ["the receipt of another request", { ...evidence, receipt: other.receipt }, "receipt_mismatch"],
    ["no receipt", { ...evidence, receipt: null }, "receipt_missing"],
    [
      "a request id put into another's receipt",
      {
        ...withReceipt(evidence, decodeReceipt(other.receipt ?? new Uint8Array())),
        question: other.question,
        result: evidence.result,
      },
      "answer_mismatch",
    ],
    ["another epoch", withReceipt(evidence, { epoch: 1 }), "receipt_mismatch"],
    ["an epoch without certificate", withReceipt(evidence, { epoch: 9 }), "receipt_mismatch"],
    ["another thread", withReceipt(evidence, { thread: 0 }), "receipt_mismatch"],
    ["a thread that is not there", withReceipt(evidence, { thread: 2 }), "receipt_mismatch"],
    ["another leaf count", withReceipt(evidence, { leafCount: 6n }), "receipt_mismatch"],
    ["an index outside", withReceipt(evidence, { index: 5n }), "receipt_mismatch"],
    ["another index", withReceipt(evidence, { index: 2n }), "answer_mismatch"],
    ["no path", withReceipt(evidence, { path: [] }), "receipt_mismatch"],
    ["told another epoch", { ...evidence, told: { epoch: 1, thread: 1 } }, "receipt_mismatch"],
    ["told another thread", { ...evidence, told: { epoch: 2, thread: 0 } }, "receipt_mismatch"],
    ["no certificate", { ...evidence, certificates: [] }, "evidence_incomplete"],
    [
      "a gap in the chain",
      { ...evidence, certificates: [0, 2].map((i) => evidence.certificates[i] as Uint8Array) },
      "chain_broken",
    ],
    [
      "certificates of another instance",
      { ...evidence, attestation: new FakeEnclave(12).attestation },
      "certificate_invalid",
    ],
    [
      "a key that the quote does not bind",
      {
        ...evidence,
        attestation: {
          ...evidence.attestation,
          publicKey: new FakeEnclave(12).attestation.publicKey,
        },
      },
      "attestation_rejected",
    ],
  ];
  it.each(lies)("refuses: %s", async (_name, lie, code) => {
    expect(await codeOf(lie)).toBe(code);
  });

  it("refuses a policy that does not know the monitor", async () => {
    const { failure } = await verifyAnswer(evidence, { allowSimulation: true, measurements: [] });
    expect(failure).toMatchObject({
      code: "attestation_rejected",
      check: "MEASUREMENT_NOT_ALLOWED",
    });
  });

  it("refuses every flipped bit of the receipt, the result and the certificates", async () => {
    const parts = {
      receipt: evidence.receipt ?? new Uint8Array(),
      result: evidence.result,
      certificate: evidence.certificates[2] ?? new Uint8Array(),
    };
    const name = fc.constantFrom("receipt" as const, "result" as const, "certificate" as const);
    await fc.assert(
      fc.asyncProperty(name, fc.nat(), fc.nat(7), async (part, at, bit) => {
        const flipped = parts[part].slice();
        const place = at % flipped.length;
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        const lie =
          part === "certificate"
            ? { ...evidence, certificates: [...evidence.certificates.slice(0, 2), flipped] }
            : { ...evidence, [part]: flipped };
        expect(await codeOf(lie), `${part} ${toHex(flipped)}`).not.toBeNull();
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("gives a coded verdict on arbitrary bytes", async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (receipt, certificate) => {
        expect(await codeOf({ ...evidence, receipt })).toBe("receipt_mismatch");
        expect(await codeOf({ ...evidence, certificates: [certificate] })).toBe(
          "certificate_invalid",
        );
      }),
      { seed: 2, numRuns: 20 },
    );
  });
});
