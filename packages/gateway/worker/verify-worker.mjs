// SPDX-License-Identifier: Apache-2.0
// @ts-check
// A verifying thread: loads one module, then answers batch after batch. Errors are told as text, since they need not survive cloning.
import { parentPort, workerData } from "node:worker_threads";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const loading = import(/** @type {{ module: string }} */ (workerData).module);

port.on("message", async (batch) => {
  try {
    const { verifyBatch } = await loading;
    port.postMessage({ ok: true, verdict: await verifyBatch(batch) });
  } catch (error) {
    port.postMessage({ ok: false, error: error instanceof Error ? error.message : String(error) });
  }
});
