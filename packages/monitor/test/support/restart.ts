// SPDX-License-Identifier: Apache-2.0
import type { CheckId } from "@zeta/protocol/checks";
import type { Continuation } from "../../src/continuation.ts";
import type { Enclave, EnclaveOptions } from "../../src/enclave.ts";
import { createMonitorInstance } from "../../src/instance.ts";
import { createWasmThread } from "../../src/wasm-thread.ts";
import { encodeFrame } from "./honest-log.ts";
import { monitorModule } from "./monitors.ts";
import { Random } from "./random.ts";
import { TEST_KEY } from "./run-log.ts";
import type { Script } from "./script.ts";

export const SLOTS = 16;

/** Options of an enclave with 16 slots a thread; another seed makes another instance. */
export function enclaveOptions(
  threads: number,
  seed: number,
  continues?: Continuation,
): EnclaveOptions {
  const random = new Random(seed);
  return {
    ...{ profile: "bytes", threads, slots: SLOTS, serviceId: "kv" },
    module: monitorModule("bytes"),
    ...(continues !== undefined && { continues }),
    random: (count) => random.bytes(count),
  };
}

/** What an enclave made of a script. */
export interface Fed {
  readonly statements: readonly Uint8Array[];
  /** The first check that refused, null if none did. */
  readonly check: CheckId | null;
  readonly leaves: readonly string[];
}

export function feed(enclave: Enclave, script: Script): Fed {
  const results = script.frames.map(({ thread, entries }) => {
    const result = enclave.verifyLog(thread, encodeFrame(entries, "bytes"));
    return { ...result, leaves: hexLeaves(result.leaves) };
  });
  return {
    statements: results.flatMap(({ statements }) => statements),
    check: results.find(({ check }) => check !== null)?.check ?? null,
    leaves: results.flatMap(({ leaves }) => leaves),
  };
}

function hexLeaves(leaves: Uint8Array): string[] {
  const hex = Buffer.from(leaves).toString("hex");
  return hex.match(/.{64}/g) ?? [];
}

/** The root's value after a script, as an honest host's mirror has it. */
export function rootValueAfter(script: Script, threads: number): Uint8Array {
  const module = monitorModule("bytes");
  const instance = createMonitorInstance({
    ...{ profile: "bytes", threads, slots: SLOTS, setHashKey: TEST_KEY },
    createThread: (options) => createWasmThread(module, options),
  });
  for (const { thread, entries } of script.frames) {
    instance.verifyLog(thread, encodeFrame(entries, "bytes"));
  }
  const root = instance.threads[0]?.slot(0);
  if (!root) throw new Error("expected the root in slot 0");
  return root.value;
}
