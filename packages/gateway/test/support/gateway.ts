// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { GatewayConfig } from "../../src/config.ts";
import {
  type GatewayPorts,
  type GatewaySummary,
  runGateway,
  type StartedGateway,
} from "../../src/run-gateway.ts";
import {
  type BatchToVerify,
  type BatchVerifier,
  type Verdict,
  verifierError,
} from "../../src/verify/verifier.ts";

export const silent = pino({ level: "silent" });

export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "zeta-gateway-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());

export function rootOf(number: number): Uint8Array {
  return sha256(`root ${number}`);
}

/**
 * Test batches are text: `batch N` is honest, `batch N poison` is rejected, `batch N crash` makes the verifier fail. Their roots follow
 * from the number, as in the server's own tests.
 */
export function verdictOf(data: Uint8Array): Verdict {
  const [, digits, kind] = /^batch (\d+)(?: (\w+))?$/.exec(Buffer.from(data).toString()) ?? [];
  const number = Number(digits);
  if (digits === undefined || kind === "poison") {
    return { verdict: "rejected", check: "M.hash", detail: "expected another hash" };
  }
  return {
    verdict: "verified",
    batchNumber: number,
    service: "kv",
    previousRoot: rootOf(number - 1),
    root: rootOf(number),
    receiptsRoot: null,
  };
}

export interface TestVerifier extends BatchVerifier {
  /** Numbers of the batches it was given, in order. */
  readonly seen: number[];
}

/** Verifies in this process; `work` may take time or throw. */
export function testVerifier(
  work: (batch: BatchToVerify, signal: AbortSignal) => Promise<void> = async () => {},
): TestVerifier {
  const seen: number[] = [];
  return {
    measurement: sha256("a measurement for tests"),
    seen,
    async verify(batch, signal) {
      seen.push(Number(/\d+/.exec(Buffer.from(batch.data).toString())?.[0]));
      await work(batch, signal);
      return verdictOf(batch.data);
    },
    close: async () => {},
  };
}

export interface RunningGateway {
  readonly started: Promise<StartedGateway>;
  readonly done: Promise<GatewaySummary>;
  stop(): Promise<GatewaySummary>;
}

/** A gateway in this process, in simulation, with its own outbox. */
export function startGateway(
  config: GatewayConfig & { readonly apiUrl: string; readonly outboxDirectory: string },
  verifier: BatchVerifier,
  ports: GatewayPorts = {},
): RunningGateway {
  const stop = new AbortController();
  let done: Promise<GatewaySummary> | null = null;
  const started = new Promise<StartedGateway>((resolve, reject) => {
    done = runGateway({ simulation: true, metricsPort: 0, ...config }, stop.signal, {
      log: silent,
      verifier,
      environment: {},
      onStarted: resolve,
      ...ports,
    });
    done.catch(reject);
  });
  started.catch(() => {});
  const running = done as unknown as Promise<GatewaySummary>;
  running.catch(() => {});
  return {
    started,
    done: running,
    stop: () => {
      stop.abort();
      return running;
    },
  };
}

/** Waits until a condition holds, looking every few milliseconds; the test's own time-out is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Verification that never ends by itself. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  throw verifierError("verifier_aborted", "aborted");
}
