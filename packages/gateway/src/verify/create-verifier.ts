// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "@zeta/protocol/hex";
import { MONITOR_MEASUREMENTS } from "@zeta/protocol/measurements";
import type { GatewayConfig } from "../config.ts";
import { commandVerifier } from "./command-verifier.ts";
import type { BatchVerifier } from "./verifier.ts";
import { workerVerifier } from "./worker-verifier.ts";

/** Plain JavaScript beside the sources, as the thread's entrance is. */
const ZETA_MODULE = new URL("../../worker/verify-zeta-batch.mjs", import.meta.url);

/** A batch that takes longer has made its verifier hang. */
const TIMEOUT_SECONDS_DEFAULT = 3600;

/** The verifier that a configuration asks for. */
export function createVerifier({ verifier = { kind: "zeta" } }: GatewayConfig): BatchVerifier {
  const timeoutMs = 1000 * (verifier.timeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT);
  const memoryBytes = verifier.memoryMiB === undefined ? null : verifier.memoryMiB * 2 ** 20;
  if (verifier.kind === "command") {
    return commandVerifier({
      command: verifier.command,
      args: verifier.args ?? [],
      input: verifier.input ?? "envelope",
      environment: verifier.environment ?? {},
      timeoutMs,
      memoryBytes,
    });
  }
  if (verifier.kind === "module") {
    return workerVerifier({ module: new URL(verifier.module), timeoutMs, memoryBytes });
  }
  // What verifies is the monitor, and its measurement is what services sign too.
  const measurement = fromHex(MONITOR_MEASUREMENTS.bytes);
  return workerVerifier({ module: ZETA_MODULE, measurement, timeoutMs, memoryBytes });
}
