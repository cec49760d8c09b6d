// SPDX-License-Identifier: Apache-2.0
/**
 * Verification by a module of ours in a thread of its own: the event loop keeps renewing leases and submitting meanwhile. A thread that
 * hangs or outgrows its memory is ended without harm to the others.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { sha256 } from "@zeta/protocol/digest";
import {
  type BatchToVerify,
  type BatchVerifier,
  type Verdict,
  verdictFromJson,
  verifierError,
} from "./verifier.ts";

export interface WorkerVerifierOptions {
  /**
   * `file:` URL of an ES module that exports `verifyBatch(batch)`, with `batch = { facts, data }`, returning (a promise of) a verdict
   * in its JSON form.
   */
  readonly module: URL;
  /** SHA-256 that names the verifying code; that of the module file unless it is only an entrance. */
  readonly measurement?: Uint8Array;
  readonly timeoutMs: number;
  /** Limit of the thread's JavaScript heap; null for the runtime's own. WebAssembly memory has its limit in its module. */
  readonly memoryBytes: number | null;
}

/** Plain JavaScript beside the sources: a thread starts from a file, and must find it from both sources and build. */
const ENTRY = new URL("../../worker/verify-worker.mjs", import.meta.url);

export function workerVerifier(options: WorkerVerifierOptions): BatchVerifier {
  let idle: Worker[] = [];
  const busy = new Set<Worker>();
  const ended = new WeakSet<Worker>();
  const start = (): Worker => {
    const worker = startWorker(options);
    // A thread that ended between two batches would leave the next one without an answer.
    worker.once("exit", () => {
      ended.add(worker);
      idle = idle.filter((other) => other !== worker);
    });
    return worker;
  };
  return {
    measurement: options.measurement ?? sha256(readFileSync(fileURLToPath(options.module))),
    async verify(batch, signal) {
      if (signal.aborted) throw verifierError("verifier_aborted", "aborted before the start");
      const worker = idle.pop() ?? start();
      busy.add(worker);
      try {
        const verdict = await ask(worker, batch, options, signal);
        // Its last words and its end can be heard at once.
        if (!ended.has(worker)) idle.push(worker);
        return verdict;
      } catch (error) {
        // Whatever state it is in, the next batch gets a fresh one.
        await worker.terminate();
        throw error;
      } finally {
        busy.delete(worker);
      }
    },
    async close() {
      await Promise.all([...idle.splice(0), ...busy].map((worker) => worker.terminate()));
    },
  };
}

function startWorker(options: WorkerVerifierOptions): Worker {
  const { module, memoryBytes } = options;
  const worker = new Worker(ENTRY, {
    workerData: { module: module.href },
    // The environment of the main thread once held the key.
    env: {},
    // Flags of the main thread are for the main thread.
    execArgv: [],
    ...(memoryBytes === null
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / 2 ** 20) } }),
  });
  worker.unref();
  // Who asks it hears of it, too; between two batches only its end matters.
  worker.on("error", () => {});
  return worker;
}

type Reply =
  | { readonly ok: true; readonly verdict: unknown }
  | { readonly ok: false; readonly error: string };

function ask(
  worker: Worker,
  batch: BatchToVerify,
  options: WorkerVerifierOptions,
  signal: AbortSignal,
): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const finish = (action: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      action();
    };
    const fail = (error: Error) => finish(() => reject(error));
    const onAbort = () => fail(verifierError("verifier_aborted", "aborted"));
    const onExit = () => fail(verifierError("verifier_crashed", "the verifying thread ended"));
    const onError = (error: Error) => fail(crashOf(error));
    const onMessage = (reply: Reply) => {
      if (!reply.ok) return fail(verifierError("verifier_crashed", reply.error));
      try {
        const verdict = verdictFromJson(reply.verdict);
        finish(() => resolve(verdict));
      } catch (error) {
        fail(error as Error);
      }
    };
    const timer = setTimeout(() => {
      const { timeoutMs } = options;
      fail(verifierError("verifier_timeout", `expected a verdict within ${timeoutMs} ms`));
    }, options.timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage({ facts: batch.facts, data: batch.data });
  });
}

function crashOf(error: Error): Error {
  const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
  return verifierError(isMemory ? "verifier_memory" : "verifier_crashed", error.message, error);
}
