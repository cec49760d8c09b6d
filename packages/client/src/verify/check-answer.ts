// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import type { SignedCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { decodeReceipt, type Receipt } from "@zeta/protocol/receipt";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { rootFromPath } from "@zeta/protocol/receipt-tree";
import { functionOf, type Question } from "../evidence.ts";
import { short } from "./check-statement.ts";
import { decodeOr, type Findings, runSteps, StepFailure } from "./findings.ts";

/**
 * A question, what its asker was told, and the receipt: three things from three places, which must
 * agree.
 */
export interface AnswerClaim {
  readonly question: Question;
  /** The result bytes that the asker was told. */
  readonly result: Uint8Array;
  /** Binary receipt from the host, null if none came. */
  readonly receipt: Uint8Array | null;
  /** Where the asker was told that the call ran; left out when only a file is at hand. */
  readonly told?: { readonly epoch: number; readonly thread: number };
}

/**
 * The steps `receipt` (it is for this very question), `leaf` (recomputed from what was asked and
 * told, never taken from the host) and `path` (the leaf is under the root that the certificate
 * holds). The certificates must have been checked.
 */
export function checkAnswer(
  claim: AnswerClaim,
  certificates: readonly SignedCertificate[],
): Findings {
  let receipt: Receipt | undefined;
  let leaf: Uint8Array | undefined;
  return runSteps([
    [
      "receipt",
      () => {
        receipt = checkReceipt(claim);
        const { index, leafCount, thread, epoch } = receipt;
        return `leaf ${index + 1n} of ${leafCount}, thread ${thread}, epoch ${epoch}`;
      },
    ],
    [
      "leaf",
      () => {
        leaf = leafOf(claim, receipt as Receipt);
        return `${short(leaf)}, recomputed from what was asked and what was told`;
      },
    ],
    ["path", () => checkPath(receipt as Receipt, leaf as Uint8Array, certificates)],
  ]);
}

/**
 * Every number in a receipt is the host's word, so none is used before it has been compared with
 * ours or the certificate's.
 */
function checkReceipt(claim: AnswerClaim): Receipt {
  if (claim.receipt === null) throw new StepFailure("receipt_missing", "expected a receipt");
  const receipt = decodeOr("receipt_mismatch", "receipt", decodeReceipt, claim.receipt);
  const { operation, requestId } = claim.question;
  // S.nonce: a random id of our own, so no answer given earlier or to somebody else can pass for this one.
  if (!equalBytes(receipt.requestId, requestId)) {
    const [expected, got] = [toHex(requestId), toHex(receipt.requestId)];
    mismatch(`expected a receipt for request ${expected}, got one for ${got}`);
  }
  const expected = functionOf(claim.question);
  if (receipt.function !== expected) {
    mismatch(`expected function ${expected} (${operation}), got ${receipt.function}`);
  }
  const told = claim.told ?? receipt;
  if (receipt.epoch !== told.epoch || receipt.thread !== told.thread) {
    mismatch(
      `expected thread ${told.thread} in epoch ${told.epoch} as told with the answer, ` +
        `got thread ${receipt.thread} in epoch ${receipt.epoch}`,
    );
  }
  return receipt;
}

function leafOf(claim: AnswerClaim, receipt: Receipt): Uint8Array {
  return receiptLeaf({
    requestId: claim.question.requestId,
    thread: receipt.thread,
    epoch: receipt.epoch,
    function: functionOf(claim.question),
    argumentDigest: argumentDigest(claim.question.argument),
    resultDigest: resultDigest(claim.result),
  });
}

function checkPath(
  receipt: Receipt,
  leaf: Uint8Array,
  certificates: readonly SignedCertificate[],
): string {
  const { epoch, thread, index, leafCount, path } = receipt;
  const signed = certificates.find((one) => one.certificate.epoch === epoch);
  if (signed === undefined) mismatch(`expected the certificate of epoch ${epoch}, got none`);
  const receipts = signed.certificate.threads[thread];
  if (receipts === undefined) {
    mismatch(`expected a thread below ${signed.certificate.threads.length}, got ${thread}`);
  }
  if (leafCount !== receipts.leafCount) {
    mismatch(`expected ${receipts.leafCount} leaves as certified, got ${leafCount}`);
  }
  const root = rootFromPath(leaf, index, leafCount, path);
  if (root === null) mismatch(`expected a path for leaf ${index} of ${leafCount}, got another`);
  if (!equalBytes(root, receipts.receiptsRoot)) {
    throw new StepFailure(
      "answer_mismatch",
      `expected the certified root ${short(receipts.receiptsRoot)}, got ${short(root)}: ` +
        "the monitor computed another answer than the one told",
    );
  }
  return `${path.length} hashes lead to the certified root ${short(root)}`;
}

function mismatch(detail: string): never {
  throw new StepFailure("receipt_mismatch", detail);
}
