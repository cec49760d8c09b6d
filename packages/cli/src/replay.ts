// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { replay } from "@zeta/monitor/replay";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { isZetaError } from "@zeta/protocol/error";
import { usageError } from "./exit.ts";
import { printPaced } from "./output/console.ts";

export interface ReplayCommandOptions {
  readonly profile: "kv64" | "bytes";
  readonly threads: number;
  readonly slots: number;
  readonly keyHash: "identity" | "blake2b";
}

/** @throws ZetaError `usage` for input that is not whole frames within the limit. */
export async function replayStdin(options: ReplayCommandOptions): Promise<void> {
  const module = await loadMonitorModule(options.profile);
  const lines = replay(process.stdin, {
    ...options,
    setHashKey: randomBytes(32),
    createThread: (thread) => createWasmThread(module, thread),
  });
  try {
    for await (const line of lines) await printPaced(JSON.stringify(line));
  } catch (error) {
    if (!isZetaError(error, "D.short") && !isZetaError(error, "D.length")) throw error;
    throw usageError(`stdin: ${error.message}`, error);
  }
}
