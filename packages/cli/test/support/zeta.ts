// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/zeta.js", import.meta.url));
const BUILT = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** What was printed so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly input?: Uint8Array | null;
  readonly cwd?: string;
  /** What a shell does before it becomes the command: limits that the command shall have. */
  readonly within?: string;
}

/** Starts the built command as a user's shell would. */
export function startZeta(
  args: readonly string[],
  { input = null, cwd, within }: StartOptions = {},
): Running {
  if (!existsSync(BUILT)) throw new Error("expected a build; run: npx tsc -b packages/cli");
  const command = [process.execPath, BIN, ...args];
  const [program = "", ...rest] =
    within === undefined ? command : ["sh", "-c", `${within}; exec "$@"`, "sh", ...command];
  const child = spawn(program, rest, {
    stdio: [input === null ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin?.on("error", () => {}).end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs the command to its end. */
export function zeta(args: readonly string[], input: Uint8Array | null = null): Promise<Ended> {
  return startZeta(args, { input }).ended;
}

/** Waits until `ready` answers something else than null. */
export async function until<T>(running: Running, ready: () => T | null): Promise<T> {
  for (;;) {
    const found = ready();
    if (found !== null) return found;
    if (running.child.exitCode !== null) {
      throw new Error(`ended early with ${running.child.exitCode}: ${running.stderr()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
