// SPDX-License-Identifier: Apache-2.0
/** The server of `zeta bench gateway` in a thread of its own: its embedded database must not hold up the gateways that are measured. */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { assert } from "@zeta/protocol/error";
import { startProverApi } from "@zeta/prover-api/start-prover-api";
import { pino } from "pino";
import { startSlowProxy } from "./slow-proxy.ts";

const { directory, latencyMs } = workerData as { directory: string; latencyMs: number };
const port = parentPort;
assert(port !== null, "a thread");

const rootOf = (number: number) => sha256(utf8(`root ${number}`));

const api = await startProverApi(
  {
    port: 0,
    database: { kind: "embedded", directory: join(directory, "jobs") },
    blobs: { kind: "files", directory: join(directory, "batches") },
    followSealed: false,
    attestation: { allowSimulation: true },
  },
  { log: pino({ level: "silent" }) },
);
const proxy = await startSlowProxy(api.url, latencyMs);
let batches = 0;

/** A number of batches to make, or null: end. */
port.on("message", async (count: number | null) => {
  if (count === null) {
    await proxy.close();
    await api.close();
    port.close();
    return;
  }
  for (const end = batches + count; batches < end; ) {
    const number = ++batches;
    const roots = { previousRoot: rootOf(number - 1), root: rootOf(number) };
    const data = utf8(`batch ${number}`);
    await api.submitBatch({ number, service: "kv", ...roots, receiptsRoot: null, data });
  }
  port.postMessage(batches);
});
port.postMessage({ url: proxy.url, directUrl: api.url });
