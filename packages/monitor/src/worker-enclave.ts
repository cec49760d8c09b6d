// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { assert, ZetaError } from "@zeta/protocol/error";
import { SLOTS_MAX, THREADS_MAX } from "@zeta/protocol/limits";
import type { Profile } from "@zeta/protocol/profile";
import { type Aggregator, createAggregator } from "./aggregator.ts";
import { restOfAll, type ThreadRest } from "./at-rest.ts";
import {
  type Beginning,
  type Continuation,
  FROM_NOTHING,
  readContinuation,
} from "./continuation.ts";
import { decodeContribution } from "./contribution-message.ts";
import { createSetHashKey, measurementOf } from "./enclave.ts";
import type { RandomBytes } from "./instance-key.ts";
import { Notary } from "./notary.ts";
import type { MonitorModule } from "./wasm-module.ts";
import type { EnclaveQuestion, WorkerMessage, WorkerSeed } from "./worker-monitor.ts";

export interface WorkerEnclaveOptions {
  readonly profile: Profile;
  /** Monitor threads, one per worker, 1..THREADS_MAX. */
  readonly threads: number;
  /** Slots of each thread, 1..SLOTS_MAX. */
  readonly slots: number;
  readonly serviceId: string;
  readonly module: MonitorModule;
  /** `bytes`: the code of a service, to be run instead of the built-in key-value service; part of the measurement. */
  readonly serviceCode?: string;
  /** `bytes`: cap of each thread's memory for values, in bytes. */
  readonly valueMemoryBytes?: number;
  /** `bytes`: goes on from where another instance made a checkpoint. Default: begins with an empty store. */
  readonly continues?: Continuation;
  /** Told of each certificate and of the violation, when it is signed. */
  readonly publish: (statement: Uint8Array) => void;
  readonly random?: RandomBytes;
}

/** A question to all threads, and the answers so far. */
interface Asking {
  /** Answers to an earlier one, which was given up, may still come. */
  readonly question: number;
  readonly rests: Map<number, ThreadRest>;
  readonly resolve: (rests: readonly ThreadRest[]) => void;
  readonly reject: (error: ZetaError) => void;
}

/**
 * The trusted part of an instance whose monitor threads run in workers: the aggregate and the key. It talks with each worker over a channel
 * of its own, which the worker's store must not get hold of: then the store could contribute whatever balances. In one process that is a
 * matter of code, not of protection: workers, main thread and monitors are one trusted realm (docs/security.md).
 *
 * @example
 * const enclave = new WorkerEnclave({ profile: "kv64", threads: 2, slots, serviceId: "kv", module, publish });
 * const seed = enclave.seed(0);
 * new Worker(url, { workerData: seed, transferList: [seed.port] });
 */
export class WorkerEnclave {
  readonly #options: WorkerEnclaveOptions;
  readonly #notary: Notary;
  readonly #aggregator: Aggregator;
  readonly #setHashKey: Uint8Array;
  readonly #beginning: Beginning;
  readonly #ports = new Map<number, MessagePort>();
  /** Who waits for the answers of all threads. */
  #asking: Asking | null = null;
  #questions = 0;

  /** @throws ZetaError `checkpoint_invalid` or `checkpoint_root` for what it cannot go on from. */
  constructor(options: WorkerEnclaveOptions) {
    const { profile, threads, slots, serviceId, module, publish, random = randomBytes } = options;
    assert(threads >= 1 && threads <= THREADS_MAX, `1..${THREADS_MAX} threads, got ${threads}`);
    assert(slots >= 1 && slots <= SLOTS_MAX, `1..${SLOTS_MAX} slots, got ${slots}`);
    assert(module.profile === profile, `a module of ${profile}, got one of ${module.profile}`);
    this.#options = options;
    const measurement = measurementOf(module, options.serviceCode);
    const { continues } = options;
    const beginning = continues ? readContinuation(continues, options) : FROM_NOTHING;
    this.#beginning = beginning;
    this.#notary = new Notary({ profile, serviceId, measurement, beginning, random }, publish);
    this.#setHashKey = createSetHashKey(random);
    const report = (event: Parameters<Notary["hear"]>[0]) => this.#notary.hear(event);
    const firstEpoch = beginning.start?.epoch ?? 0;
    this.#aggregator = createAggregator({ profile, threads, firstEpoch, report });
  }

  get notary(): Pick<
    Notary,
    "instanceId" | "publicKey" | "measurement" | "origin" | "latestCertificate" | "violation"
  > {
    return this.#notary;
  }

  get maxCertifiedEpoch(): number | null | "error" {
    return this.#aggregator.maxCertifiedEpoch;
  }

  /** What the worker of a thread starts from, once per thread. Its port must be transferred. */
  seed(thread: number): WorkerSeed {
    const { threads, slots, profile, module, serviceCode, valueMemoryBytes } = this.#options;
    assert(thread >= 0 && thread < threads, `a thread number below ${threads}, got ${thread}`);
    assert(!this.#ports.has(thread), `one seed for thread ${thread}`);
    const { port1, port2 } = new MessageChannel();
    port1.on("message", (message: WorkerMessage) => this.#hear(thread, message));
    this.#ports.set(thread, port1);
    const setHashKey = this.#setHashKey;
    return {
      ...{ id: thread, threads, slots, profile, setHashKey, module, port: port2 },
      ...(serviceCode !== undefined && { serviceCode }),
      ...(valueMemoryBytes !== undefined && { valueMemoryBytes }),
      ...(this.#beginning.start !== null && { start: this.#beginning.start }),
    };
  }

  /**
   * As `Enclave.checkpoint`: asks the threads, all of which have their workers.
   *
   * @throws ZetaError `not_at_rest`.
   */
  async checkpoint(): Promise<Uint8Array> {
    const { threads, profile } = this.#options;
    assert(profile === "bytes", `profile bytes, got ${profile}`);
    assert(this.#ports.size === threads, "a worker of each thread");
    assert(this.#asking === null, "one checkpoint at a time");
    try {
      const rests = await new Promise<readonly ThreadRest[]>((resolve, reject) => {
        const question = ++this.#questions;
        this.#asking = { question, rests: new Map(), resolve, reject };
        const message: EnclaveQuestion = { kind: "rest", question };
        for (const port of this.#ports.values()) port.postMessage(message);
      });
      return this.#notary.checkpoint(restOfAll(rests, this.#aggregator.maxCertifiedEpoch));
    } finally {
      this.#asking = null;
    }
  }

  /** Hears nothing more; so nothing more is certified. */
  close(): void {
    for (const port of this.#ports.values()) port.close();
    this.#disturb("expected a running enclave, got one that is closed");
  }

  #disturb(got: string): void {
    this.#asking?.reject(new ZetaError("not_at_rest", got));
  }

  #noteRest(thread: number, rest: ThreadRest): void {
    if (this.#asking === null) return;
    const { rests, resolve } = this.#asking;
    rests.set(thread, rest);
    const { threads } = this.#options;
    if (rests.size < threads) return;
    resolve(Array.from({ length: threads }, (_, id) => rests.get(id) as ThreadRest));
  }

  #hear(thread: number, message: WorkerMessage): void {
    if (message.kind === "contribution") {
      this.#aggregator.contribute(decodeContribution(thread, message.bytes));
    } else if (message.kind === "failure") {
      const { epoch, check, position } = message;
      this.#notary.accuse({ epoch, check, thread, position });
    } else if (message.question === this.#asking?.question) {
      if (message.kind === "rest") this.#noteRest(thread, message.rest);
      else this.#disturb(message.reason);
    }
  }
}
