// SPDX-License-Identifier: Apache-2.0
/**
 * Runs a program with a key and a quote made here, inside the TEE, handed over in its environment under the names launchers have always
 * used. Fails closed: without a quote the program is not started.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { QuoteProducer } from "@zeta/attestation/produce/producer";
import { ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { type Environment, makeIdentity } from "./identity.ts";

export interface LaunchOptions {
  /** E.g. `TEE_PROVER_`. */
  readonly envPrefix: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly simulation: boolean;
  /** What a simulated quote measures, 32 bytes. */
  readonly measurement: Uint8Array;
  /** What the quote binds: `gateway` for a gateway of ours, `address` for a prover of the zkSync interface. */
  readonly binding: "gateway" | "address";
  /** What the program inherits beside the handover. */
  readonly environment: Environment;
  /** Sent on to the program as SIGTERM. */
  readonly signal?: AbortSignal;
  /** In tests: instead of the TEE of this machine. */
  readonly producer?: QuoteProducer;
}

/**
 * Resolves with the program's exit status, 128 + signal number if a signal ended it.
 *
 * @throws ZetaError `launch_invalid`, `attestation_missing`, or an attestation code: then nothing was started.
 */
export async function launch(options: LaunchOptions): Promise<number> {
  const { envPrefix, simulation, measurement, binding, producer } = options;
  if (!/^[A-Z_][A-Z0-9_]{0,63}$/.test(envPrefix)) {
    throw new ZetaError("launch_invalid", `expected a prefix like TEE_PROVER_, got "${envPrefix}"`);
  }
  const { secretKey, quote, teeType } = await makeIdentity({
    simulation,
    measurement,
    binding,
    ...(producer === undefined ? {} : { producer }),
  });
  // In a directory of its own that only this user can enter, not at a path others could have prepared.
  const directory = await mkdtemp(join(tmpdir(), "zeta-launch-"));
  try {
    const quotePath = join(directory, "quote");
    await writeFile(quotePath, quote, { flag: "wx", mode: 0o600 });
    return await runChild(options, {
      ...options.environment,
      [`${envPrefix}SIGNING_KEY`]: toHex(secretKey),
      [`${envPrefix}ATTESTATION_QUOTE_FILE_PATH`]: quotePath,
      [`${envPrefix}TEE_TYPE`]: teeType,
    });
  } finally {
    secretKey.fill(0);
    await rm(directory, { recursive: true, force: true });
  }
}

function runChild(options: LaunchOptions, environment: Environment): Promise<number> {
  const { command, args, signal } = options;
  const child = spawn(command, args, { stdio: "inherit", env: environment });
  const forward = () => child.kill("SIGTERM");
  if (signal?.aborted === true) forward();
  signal?.addEventListener("abort", forward, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      reject(new ZetaError("launch_invalid", `cannot start ${command}: ${error.message}`));
    });
    child.once("exit", (code, by) => {
      signal?.removeEventListener("abort", forward);
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
}
