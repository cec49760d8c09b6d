// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { ServedInstance } from "./served-instance.ts";

/** The honest answer to `GET /v1/receipts/{id}`. */
export async function receiptAnswer(
  instance: ServedInstance,
  requestId: string,
): Promise<ReceiptAnswer | null> {
  const place = instance.receipts.place(requestId);
  if (place === null) return null;
  const { thread, epoch, certificate } = place;
  if (certificate === null) return { status: "provisional", requestId, epoch, thread };
  const receipt = await instance.receipts.receipt(requestId);
  if (receipt === null) return null;
  return {
    status: "certified",
    requestId,
    epoch,
    thread,
    receipt: toHex(receipt),
    certificate: toHex(certificate),
  };
}
