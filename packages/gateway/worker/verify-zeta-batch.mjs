// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The module of the thread that verifies Zeta's own batches: the monitor does it, this tells its findings as a verdict.
import { verifyBatch as verify } from "@zeta/monitor/verify-batch";

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** @param {{ data: Uint8Array }} batch */
export async function verifyBatch({ data }) {
  try {
    const found = await verify(data);
    return {
      verdict: "verified",
      batch_number: found.number,
      service: found.service,
      previous_root: hex(found.previousRoot),
      root: hex(found.root),
      receipts_root: hex(found.receiptsRoot),
    };
  } catch (error) {
    // Coded errors are about the batch, all others about us.
    const { code, message } = /** @type {{ code?: unknown, message: string }} */ (error);
    const isCoded = error instanceof Error && error.name === "ZetaError" && code !== "assertion";
    if (!isCoded) throw error;
    return { verdict: "rejected", check: String(code), detail: message.slice(0, 2000) };
  }
}
