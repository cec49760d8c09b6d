// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import {
  encodeKvArgument,
  encodeKvResult,
  type KvOperation,
  type KvResult,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import type { AnswerEvidence } from "../../src/verify/verify-answer.ts";
import type { FakeEnclave } from "./fake-enclave.ts";
import { seededRandom } from "./random.ts";

const random = seededRandom(4242);

/**
 * Runs calls in the enclave's epoch, certifies it, and returns what a client would have in hand
 * about the call at `index`.
 */
export function certifiedAnswer(
  enclave: FakeEnclave,
  calls: readonly (readonly [KvOperation, KvResult])[],
  index: number,
  thread = 0,
): AnswerEvidence {
  const { epoch } = enclave;
  const told = calls.map(([call, outcome]) => {
    const [argument, result] = [encodeKvArgument(call), encodeKvResult(outcome)];
    const requestId = random(16);
    const number = kvFunctionNumber(call.operation);
    const digests = {
      argumentDigest: argumentDigest(argument),
      resultDigest: resultDigest(result),
    };
    const hash = receiptLeaf({ requestId, thread, epoch, function: number, ...digests });
    enclave.append({ requestId, function: number, hash }, thread);
    return { question: { operation: call.operation, requestId, argument }, result };
  });
  enclave.closeEpoch();
  const one = told[index];
  if (one === undefined) throw new Error(`expected a call ${index}`);
  const found = enclave.receipt(one.question.requestId);
  if (found === null) throw new Error(`expected a receipt of ${toHex(one.question.requestId)}`);
  const certificates = enclave.closed.map(({ certificate }) => certificate);
  return { attestation: enclave.attestation, certificates, ...one, receipt: found.receipt };
}
