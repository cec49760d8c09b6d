// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { signBody } from "@zeta/protocol/signature";
import { signLegacyRoot } from "@zeta/tee-api/legacy-signature";
import { encodeProofStatement } from "@zeta/tee-api/proof-statement";
import type { SignedProof } from "./api/prover-api.ts";
import type { ProverParts } from "./parts.ts";
import type { ReadyBatch } from "./ready-batch.ts";
import type { Verdict } from "./verify/verifier.ts";

type Verified = Extract<Verdict, { verdict: "verified" }>;

const NO_RECEIPTS = new Uint8Array(32);

/** What the server announced and the verifier did not find, as one line; null when they agree. */
export function disagreement(batch: ReadyBatch, verified: Verified): string | null {
  const { facts } = batch;
  if (facts === null) return null;
  if (verified.service === null || verified.previousRoot === null) {
    return "expected service and previous root in the batch, got none";
  }
  const receipts = verified.receiptsRoot ?? NO_RECEIPTS;
  const pairs: readonly [string, string, string][] = [
    ["batch number", String(facts.number), String(verified.batchNumber)],
    ["service", facts.service, verified.service],
    ["previous root", toHex(facts.previousRoot), toHex(verified.previousRoot)],
    ["root", toHex(facts.root), toHex(verified.root)],
    ["receipts root", toHex(facts.receiptsRoot), toHex(receipts)],
  ];
  const wrong = pairs.find(([, announced, found]) => announced !== found);
  return wrong === undefined ? null : `expected ${wrong[0]} ${wrong[1]}, got ${wrong[2]}`;
}

/** Signs what was verified, and only that. */
export function signProof(parts: ProverParts, batch: ReadyBatch, verified: Verified): SignedProof {
  const { identity, settings } = parts;
  const { secretKey, publicKey, quote, teeType } = identity;
  const common = {
    batch: verified.batchNumber,
    teeType,
    digest: batch.digest,
    root: verified.root,
    publicKey,
    quote,
    lease: batch.lease,
  };
  if (settings.signsLegacy) {
    return { ...common, form: "zksync", signature: signLegacyRoot(verified.root, secretKey) };
  }
  const statement = encodeProofStatement({
    service: verified.service ?? "",
    batchNumber: verified.batchNumber,
    previousRoot: verified.previousRoot ?? new Uint8Array(0),
    root: verified.root,
    receiptsRoot: verified.receiptsRoot ?? NO_RECEIPTS,
    batchDigest: batch.digest,
    teeType,
    publicKey,
  });
  return { ...common, form: "zeta.v1", signature: signBody(statement, secretKey) };
}

/** Is this kept proof one of what the server announces now? */
export function provesFacts(proof: SignedProof, batch: ReadyBatch): boolean {
  return batch.facts === null || equalBytes(proof.root, batch.facts.root);
}
