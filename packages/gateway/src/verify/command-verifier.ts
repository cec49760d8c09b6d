// SPDX-License-Identifier: Apache-2.0
/**
 * Verification by a program of the operator's: the batch as JSON on its standard input, the verdict as JSON on its standard output. So
 * the same gateway proves batches of any kind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import {
  type BatchToVerify,
  type BatchVerifier,
  type Verdict,
  verdictFromJson,
  verifierError,
} from "./verifier.ts";

export interface CommandVerifierOptions {
  /** Path of the program: absolute, because a search path is the host's to bend. */
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Limit of its address space; null for none. */
  readonly memoryBytes: number | null;
  /**
   * `envelope`: `{"batch_number", "service", "previous_root", "root", "receipts_root", "digest", "data"}` with the data in base64.
   * `raw`: the data itself, for batches that are JSON already.
   */
  readonly input: "envelope" | "raw";
  /** What the program finds in its environment, and nothing else: never the signing key. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A verdict is short; a program that says more is not giving one. */
const STDOUT_BYTES_MAX = 64 * 1024;

/** How much of its complaints is kept for the failure report. */
const STDERR_BYTES_MAX = 1000;

/** `ulimit -v` counts in KiB. Exit 125 when even that fails, as other wrappers do. */
const LIMIT_SCRIPT = 'ulimit -v "$1" || exit 125; shift; exec "$@"';

export function commandVerifier(options: CommandVerifierOptions): BatchVerifier {
  const running = new Set<ChildProcess>();
  return {
    measurement: sha256(readFileSync(options.command)),
    verify: (batch, signal) => run(options, batch, signal, running),
    async close() {
      for (const child of running) killGroup(child);
    },
  };
}

async function run(
  options: CommandVerifierOptions,
  batch: BatchToVerify,
  signal: AbortSignal,
  running: Set<ChildProcess>,
): Promise<Verdict> {
  if (signal.aborted) throw verifierError("verifier_aborted", "aborted before the start");
  const child = start(options);
  running.add(child);
  let ended: "timeout" | "aborted" | "output" | null = null;
  const end = (why: "timeout" | "aborted" | "output") => {
    ended ??= why;
    killGroup(child);
  };
  const timer = setTimeout(() => end("timeout"), options.timeoutMs);
  const abort = () => end("aborted");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const output = collect(child, () => end("output"));
    // A program that ends without reading everything is judged by what it says, not by the broken pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(inputOf(options, batch));
    const exit = await exitOf(child);
    if (ended !== null) throw endError(ended, options);
    return verdictOf(exit, output(), options);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    running.delete(child);
  }
}

/** In its own process group, so that what it started ends with it. */
function start(options: CommandVerifierOptions): ChildProcess {
  const { command, args, memoryBytes, environment } = options;
  const settings = { stdio: "pipe", detached: true, env: { ...environment } } as const;
  if (memoryBytes === null) return spawn(command, args, settings);
  const kib = String(Math.floor(memoryBytes / 1024));
  return spawn("/bin/sh", ["-c", LIMIT_SCRIPT, "sh", kib, command, ...args], settings);
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(verifierError("verifier_crashed", `cannot start: ${error.message}`, error)),
    );
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function collect(
  child: ChildProcess,
  overflow: () => void,
): () => { stdout: string; stderr: string } {
  const stdout: Buffer[] = [];
  let length = 0;
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > STDOUT_BYTES_MAX) overflow();
    else stdout.push(chunk);
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-STDERR_BYTES_MAX);
  });
  return () => ({ stdout: Buffer.concat(stdout).toString("utf8"), stderr });
}

function endError(why: "timeout" | "aborted" | "output", options: CommandVerifierOptions) {
  if (why === "timeout") {
    return verifierError("verifier_timeout", `expected a verdict within ${options.timeoutMs} ms`);
  }
  if (why === "aborted") return verifierError("verifier_aborted", "aborted");
  return verifierError("verifier_malformed", `expected at most ${STDOUT_BYTES_MAX} bytes`);
}

function verdictOf(
  exit: Exit,
  output: { stdout: string; stderr: string },
  options: CommandVerifierOptions,
): Verdict {
  if (exit.code !== 0) {
    const how = exit.signal === null ? `exit ${exit.code}` : `signal ${exit.signal}`;
    const said = output.stderr.trim();
    // With a limit set, running out of memory looks like any other end; the text is all there is to tell them apart.
    const isMemory = options.memoryBytes !== null && /memory|alloc/i.test(said);
    const code = isMemory ? "verifier_memory" : "verifier_crashed";
    throw verifierError(code, `expected exit 0, got ${how}: ${JSON.stringify(said)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(output.stdout);
  } catch (cause) {
    throw verifierError("verifier_malformed", "expected a verdict in JSON, got other", cause);
  }
  return verdictFromJson(json);
}

function inputOf(options: CommandVerifierOptions, batch: BatchToVerify): Buffer | string {
  if (options.input === "raw") return Buffer.from(batch.data);
  const { facts } = batch;
  return JSON.stringify({
    batch_number: facts?.number ?? null,
    service: facts?.service ?? null,
    previous_root: facts === null ? null : toHex(facts.previousRoot),
    root: facts === null ? null : toHex(facts.root),
    receipts_root: facts === null ? null : toHex(facts.receiptsRoot),
    digest: facts === null ? null : toHex(facts.digest),
    data: Buffer.from(batch.data).toString("base64"),
  });
}
