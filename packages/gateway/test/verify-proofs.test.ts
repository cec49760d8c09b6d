// SPDX-License-Identifier: Apache-2.0
/** Where a skeptic's chain of roots begins, shown by a server that says what it likes and a prover that signs any batch. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { toHex } from "@zeta/protocol/hex";
import type { ProofRow } from "@zeta/tee-api/answers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProver, rootOf, SERVICE, submissionOf } from "../../prover-api/test/support/prover.ts";
import { quoteJudge } from "../src/proofs/quote-judge.ts";
import { verifyProofs, watchProofs } from "../src/proofs/verify-proofs.ts";

const ada = makeProver("ada");

/** A proof of a batch from one root to another, as it is shown. */
function proofOf(number: number, previousRoot: Uint8Array, root: Uint8Array): ProofRow {
  const input = {
    batch_number: number,
    service: SERVICE,
    previous_root: toHex(previousRoot),
    root: toHex(root),
    receipts_root: "00".repeat(32),
    digest: "11".repeat(32),
    bytes: 1,
  };
  const job = { ...input, lease: "00".repeat(16), lease_seconds: 1, attempt: 1 };
  const { signature, pubkey, proof } = submissionOf(ada, job);
  return {
    ...{ ...input, signature, pubkey, proof, attestation: ada.attestation },
    ...{ tee_type: "simulation", status: "generated", form: "zeta.v1" },
    ...{ attestation_revoked: false, proved_at: null, attempts: 0, error: null },
  };
}

describe("the root before the first batch", () => {
  let shown: readonly ProofRow[] = [];
  const server = http.createServer((_request, response) => {
    response.end(JSON.stringify({ proofs: shown, next: null }));
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());

  const options = (to: number, previousRoot: Uint8Array | null = null) => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    from: 1,
    to,
    previousRoot,
    policy: {
      judge: quoteJudge({
        policy: { allowSimulation: true, sgx: null, tdx: null, sevSnp: null, reportData: null },
        now: () => 0,
      }),
      service: SERVICE,
      allowLegacy: false,
    },
    signal: new AbortController().signal,
  });
  const chain = [1, 2].map((number) => proofOf(number, rootOf(number - 1), rootOf(number)));

  test("is told, so that it can be compared", async () => {
    shown = chain;
    const report = await verifyProofs(options(2));
    expect([report.chain, report.previousRoot]).toEqual(["unbroken", toHex(rootOf(0))]);
    shown = chain.slice(1);
    const gap = await verifyProofs(options(2));
    expect([gap.chain, gap.previousRoot]).toEqual(["incomplete", null]);
  });

  test("is compared with what the skeptic knows", async () => {
    shown = chain;
    expect((await verifyProofs(options(2, rootOf(0)))).chain).toBe("unbroken");
    const report = await verifyProofs(options(2, rootOf(7)));
    expect([report.chain, report.batches[0]?.code]).toEqual(["broken", "chain_broken"]);
    // Also by who goes on after a failure of the server: it could show another chain from there.
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
    for await (const { chain: state } of watchProofs({ ...options(1, rootOf(7)), pause })) {
      expect(state).toBe("broken");
    }
  });

  test("is one, whatever several proofs of the first batch say", async () => {
    shown = [proofOf(1, rootOf(0), rootOf(1)), proofOf(1, rootOf(7), rootOf(1))];
    const report = await verifyProofs(options(1));
    expect([report.chain, report.batches[0]?.code]).toEqual(["broken", "chain_broken"]);
  });
});
