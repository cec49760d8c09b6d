// SPDX-License-Identifier: Apache-2.0
import { serviceAttestationFromJson } from "@zeta/attestation/service-attestation";
import { verifyServiceAttestation } from "@zeta/attestation/verify-service";
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCertificate, verifyCertificate } from "@zeta/protocol/certificate";
import { fromHex, toHex } from "@zeta/protocol/hex";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import { encodeKvArgument, type KvOperation, kvFunctionNumber } from "@zeta/protocol/kv";
import { decodeReceipt } from "@zeta/protocol/receipt";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { verifyReceiptPath } from "@zeta/protocol/receipt-tree";
import type { App } from "../../src/http/app-type.ts";

export interface Told {
  readonly requestId: string;
  readonly question: KvOperation;
  readonly result: Uint8Array;
}

/** The service's key, believed only after the attestation document has been checked. */
export async function attestedKey(app: App): Promise<Uint8Array> {
  const { body } = await app.inject({ url: "/v1/attestation" });
  const document = serviceAttestationFromJson(JSON.parse(body));
  const { measurement } = document;
  const policy = { allowSimulation: true, measurements: [measurement] };
  const verdict = await verifyServiceAttestation(document, policy);
  if (!verdict.ok) throw new Error(`attestation: ${verdict.code}`);
  return document.publicKey;
}

/** A signature takes a millisecond to check, and hundreds of receipts share one certificate. */
const checked = new Map<string, boolean>();

function isSignedBy(publicKey: Uint8Array, certificate: string): boolean {
  const name = toHex(publicKey) + certificate;
  const known = checked.get(name);
  if (known !== undefined) return known;
  const verdict = verifyCertificate(decodeCertificate(fromHex(certificate)), publicKey);
  checked.set(name, verdict);
  return verdict;
}

/** What a skeptical client finds: the name of the first step that fails, or "certified". */
export function judge(told: Told, answer: ReceiptAnswer, publicKey: Uint8Array): string {
  if (answer.status !== "certified") return answer.status;
  const signed = decodeCertificate(fromHex(answer.certificate));
  if (!isSignedBy(publicKey, answer.certificate)) return "signature";
  const receipt = decodeReceipt(fromHex(answer.receipt));
  if (toHex(receipt.requestId) !== told.requestId) return "request id";
  const functionNumber = kvFunctionNumber(told.question.operation);
  if (receipt.function !== functionNumber) return "function";
  if (receipt.epoch !== signed.certificate.epoch) return "epoch";
  const thread = signed.certificate.threads[receipt.thread];
  if (thread === undefined || thread.leafCount !== receipt.leafCount) return "leaf count";
  const leaf = receiptLeaf({
    requestId: receipt.requestId,
    thread: receipt.thread,
    epoch: receipt.epoch,
    function: functionNumber,
    argumentDigest: argumentDigest(encodeKvArgument(told.question)),
    resultDigest: resultDigest(told.result),
  });
  const { index, leafCount, path } = receipt;
  const holds = verifyReceiptPath(leaf, index, leafCount, path, thread.receiptsRoot);
  return holds ? "certified" : "path";
}

/** Does each certificate continue the one before? */
export function isChain(certificates: readonly string[]): boolean {
  const decoded = certificates.map((hex) => decodeCertificate(fromHex(hex)));
  return decoded.every((signed, i) => {
    const before = decoded[i - 1];
    return (
      before === undefined ||
      (signed.certificate.epoch === before.certificate.epoch + 1 &&
        equalBytes(signed.certificate.previous, before.hash))
    );
  });
}
