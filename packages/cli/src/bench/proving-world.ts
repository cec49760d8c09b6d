// SPDX-License-Identifier: Apache-2.0
/** A prover API in this process with a slow network in front, batches for it, and gateways whose verification takes a fixed time. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { simulationProducer } from "@zeta/attestation/produce/producer";
import { gatewayReportData } from "@zeta/attestation/report-data";
import type { BatchFacts } from "@zeta/gateway/api/prover-api";
import { ZetaProverApi } from "@zeta/gateway/api/zeta-prover-api";
import { runGateway } from "@zeta/gateway/run-gateway";
import type { BatchVerifier } from "@zeta/gateway/verify/verifier";
import { utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import { publicKeyOf, signBody } from "@zeta/protocol/signature";
import { encodeProofStatement } from "@zeta/tee-api/proof-statement";
import { pino } from "pino";

export interface ProvingWorld {
  /** Through the slow network. */
  readonly url: string;
  /** Directly, for questions that are no part of what is measured. */
  readonly directUrl: string;
  /** Batches handed to the server so far. */
  readonly batches: number;
  submit(count: number): Promise<void>;
  folder(name: string): string;
  close(): Promise<void>;
}

const silent = pino({ level: "silent" });
const MEASUREMENT = sha256(utf8("zeta bench gateway"));

export async function openProvingWorld(latencyMs: number): Promise<ProvingWorld> {
  const directory = await mkdtemp(join(tmpdir(), "zeta-bench-"));
  const worker = new Worker(new URL("./prover-api-worker.js", import.meta.url), {
    workerData: { directory, latencyMs },
  });
  const [urls] = (await once(worker, "message")) as [{ url: string; directUrl: string }];
  let batches = 0;
  return {
    ...urls,
    get batches() {
      return batches;
    },
    async submit(count) {
      worker.postMessage(count);
      [batches] = (await once(worker, "message")) as [number];
    },
    folder: (name) => join(directory, name),
    async close() {
      worker.postMessage(null);
      await once(worker, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Takes `milliseconds` for each batch and then agrees with what was announced; keeps the times at which it worked. */
export class TimedVerifier implements BatchVerifier {
  readonly measurement = MEASUREMENT;
  readonly #milliseconds: number;
  #busy = 0;
  #first: number | null = null;
  #last = 0;
  count = 0;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Milliseconds of verification, and from the first begun to the last done. */
  get times(): { readonly busy: number; readonly wall: number } {
    return { busy: this.#busy, wall: this.#last - (this.#first ?? this.#last) };
  }

  async verify({ facts }: { readonly facts: BatchFacts | null }, _signal: AbortSignal) {
    const start = performance.now();
    this.#first ??= start;
    await sleep(this.#milliseconds);
    this.#last = performance.now();
    this.#busy += this.#last - start;
    this.count++;
    if (facts === null) throw new Error("expected facts");
    const { number: batchNumber, service, previousRoot, root, receiptsRoot } = facts;
    return { verdict: "verified", batchNumber, service, previousRoot, root, receiptsRoot } as const;
  }

  async close(): Promise<void> {}
}

/** A gateway of ours, until `isDone`. */
export async function runUntil(
  world: ProvingWorld,
  name: string,
  verifier: BatchVerifier,
  isDone: () => boolean,
): Promise<void> {
  const stop = new AbortController();
  const config = {
    apiUrl: world.url,
    simulation: true,
    metricsPort: 0,
    outboxDirectory: world.folder(name),
  };
  const running = runGateway(config, stop.signal, { log: silent, verifier, environment: {} });
  const watch = (async () => {
    while (!isDone()) await sleep(5);
    stop.abort();
  })();
  await Promise.race([running, watch]);
  await running;
}

const TIMEOUTS = { connectMs: 5_000, headersMs: 30_000, totalMs: 60_000, dataMs: 60_000 };

/** The seed's loop: ask, fetch, verify, sign, hand in, and only then ask again. */
export async function runSequentially(
  world: ProvingWorld,
  verifier: BatchVerifier,
  count: number,
): Promise<void> {
  const signal = new AbortController().signal;
  const secretKey = new Uint8Array(randomBytes(32));
  const publicKey = publicKeyOf(secretKey);
  const producer = simulationProducer({ measurement: MEASUREMENT });
  const { quote } = await producer.produce(gatewayReportData(publicKey));
  const identity = { secretKey, publicKey, quote, teeType: "simulation" } as const;
  const api = new ZetaProverApi(world.url, identity, TIMEOUTS);
  await api.register(identity, signal);
  for (let proven = 0; proven < count; proven++) {
    const lease = toHex(randomBytes(16));
    const facts = (await api.claim(lease, 0, signal))?.facts;
    if (facts == null) throw new Error("expected a batch");
    const data = await api.fetchData(facts, signal);
    await verifier.verify({ facts, data }, signal);
    const { root, digest } = facts;
    const teeType = "simulation";
    const statement = {
      ...facts,
      batchNumber: facts.number,
      batchDigest: digest,
      teeType,
      publicKey,
    };
    const signature = signBody(encodeProofStatement({ ...statement, teeType }), secretKey);
    const form = "zeta.v1";
    const proof = { batch: facts.number, form, teeType, digest, root, signature, publicKey, quote };
    await api.submit({ ...proof, form, teeType, lease }, signal);
  }
  api.close();
}
