// SPDX-License-Identifier: Apache-2.0
import type { MessagePort } from "node:worker_threads";
import { loadProgram } from "@zeta/app/sandbox/load-program";
import { isZetaError } from "@zeta/protocol/error";
import { restOfThread, type ThreadRest } from "./at-rest.ts";
import { encodeContribution } from "./contribution-message.ts";
import { hasFailedNow } from "./enclave.ts";
import type { FrameResult, MonitorThread, StartPoint } from "./verdict.ts";
import type { MonitorModule } from "./wasm-module.ts";
import { createWasmThread } from "./wasm-thread.ts";

/** What a worker needs to run a monitor thread of an instance. It holds a secret: for trusted workers only. */
export interface WorkerSeed {
  readonly id: number;
  readonly threads: number;
  readonly slots: number;
  readonly profile: "kv64" | "bytes";
  readonly setHashKey: Uint8Array;
  /** `bytes`: cap of the memory for values, in bytes. */
  readonly valueMemoryBytes?: number;
  /** `bytes`: the code of a service, to be run instead of the built-in key-value service. */
  readonly serviceCode?: string;
  readonly module: MonitorModule;
  /** Where the instance goes on from; default: a tree in which nothing is. */
  readonly start?: StartPoint;
  /** The one way to the aggregator: whoever holds it speaks for this thread. */
  readonly port: MessagePort;
}

/** From a worker to the aggregator. */
export type WorkerMessage =
  | { readonly kind: "contribution"; readonly bytes: Uint8Array }
  /** Answers {@link EnclaveQuestion}. */
  | { readonly kind: "rest"; readonly question: number; readonly rest: ThreadRest }
  | { readonly kind: "unrest"; readonly question: number; readonly reason: string }
  | {
      readonly kind: "failure";
      readonly epoch: number;
      readonly check: NonNullable<FrameResult["check"]>;
      readonly position: bigint;
    };

/** From the enclave to a worker: is everything of this thread back in the tree? Behind all contributions on the same way, so it knows them. */
export interface EnclaveQuestion {
  readonly kind: "rest";
  /** Stands in the answer. */
  readonly question: number;
}

/** A monitor thread in a worker of its own. */
export interface WorkerMonitor {
  verifyLog(frame: Uint8Array): FrameResult;
}

/**
 * Starts the monitor thread in this worker. Contributions go to the aggregator by message and are not waited for: the thread goes on with the
 * next epoch while the others still work on theirs. Should the aggregator refuse one, it certifies nothing from then on; that this thread
 * does not know it yet changes nothing.
 */
export function startWorkerMonitor(seed: WorkerSeed): WorkerMonitor {
  const { module, port, serviceCode, ...options } = seed;
  const send = (message: WorkerMessage) => port.postMessage(message);
  const thread = createWasmThread(module, {
    ...options,
    ...(serviceCode !== undefined && { service: loadProgram(serviceCode) }),
    contribute: (share) => {
      send({ kind: "contribution", bytes: encodeContribution(share) });
      return true;
    },
  });
  port.on("message", ({ question }: EnclaveQuestion) =>
    send(answerTo(question, thread, options.slots)),
  );
  // It must not keep a worker alive that has nothing else to do.
  port.unref();
  /** Log bytes taken in whole frames. */
  let consumed = 0n;
  return {
    verifyLog(frame) {
      const result = thread.verifyLog(frame);
      const { check, pos } = result;
      if (check === null) consumed += BigInt(result.read);
      else if (hasFailedNow(result)) {
        const { epoch } = thread.clock;
        send({ kind: "failure", epoch, check, position: consumed + BigInt(pos) });
      }
      return result;
    },
  };
}

function answerTo(question: number, thread: MonitorThread, slots: number): WorkerMessage {
  try {
    return { kind: "rest", question, rest: restOfThread(thread, slots) };
  } catch (error) {
    if (!isZetaError(error, "not_at_rest")) throw error;
    return { kind: "unrest", question, reason: error.message };
  }
}
