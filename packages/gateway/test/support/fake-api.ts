// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { BatchFacts, Failure, ProverApi, SignedProof } from "../../src/api/prover-api.ts";
import { CallError } from "../../src/call-error.ts";
import type { Clock } from "../../src/clock.ts";
import { rootOf } from "./gateway.ts";

export type Call = "register" | "claim" | "data" | "renew" | "release" | "submit" | "fail";

export const problem = (status: number, code: string, retryAfterMs: number | null = null) =>
  new CallError("refused", `status ${status}`, { status, problem: code, retryAfterMs });

export interface FakeApi extends ProverApi {
  readonly calls: string[];
  readonly stored: Map<number, SignedProof>;
  readonly failures: Failure[];
  readonly held: Map<string, number>;
}

/**
 * A server in memory with `count` batches. `latencyMs` is what every call takes on `clock`; `trouble` may return an error for a call,
 * thrown before it has an effect.
 */
export function fakeApi(options: {
  readonly clock: Clock;
  readonly count: number;
  readonly latencyMs?: number;
  readonly content?: (number: number) => string;
  readonly trouble?: (call: Call, times: number) => Error | null;
}): FakeApi {
  const { clock, count, latencyMs = 0, content = (number) => `batch ${number}` } = options;
  const open = Array.from({ length: count }, (_, index) => index + 1);
  const held = new Map<string, number>();
  const calls: string[] = [];
  const times = new Map<Call, number>();
  const stored = new Map<number, SignedProof>();
  const failures: Failure[] = [];
  const dataOf = (number: number) => new Uint8Array(Buffer.from(content(number)));
  const factsOf = (number: number): BatchFacts => {
    const data = dataOf(number);
    return {
      number,
      service: "kv",
      previousRoot: rootOf(number - 1),
      root: rootOf(number),
      receiptsRoot: new Uint8Array(32),
      digest: new Uint8Array(createHash("sha256").update(data).digest()),
      bytes: data.length,
    };
  };
  const enter = async (call: Call, detail: string | number, signal: AbortSignal) => {
    await clock.sleep(latencyMs, signal);
    if (signal.aborted) throw new CallError("aborted", "aborted");
    calls.push(`${call} ${detail}`);
    const time = (times.get(call) ?? 0) + 1;
    times.set(call, time);
    const error = options.trouble?.(call, time) ?? null;
    if (error !== null) throw error;
  };
  const numberOf = (lease: string | null) => {
    const number = held.get(lease ?? "");
    if (number === undefined) throw problem(409, "stale_lease");
    return number;
  };
  return {
    calls,
    stored,
    failures,
    held,
    register: (_identity, signal) => enter("register", "", signal),
    async claim(lease, _wait, signal) {
      await enter("claim", "", signal);
      const number = open.shift();
      if (number === undefined) return null;
      held.set(lease, number);
      return { facts: factsOf(number), lease: { id: lease, ms: 60_000 }, data: null };
    },
    async fetchData(facts, signal) {
      await enter("data", facts.number, signal);
      return dataOf(facts.number);
    },
    async renew(lease, signal) {
      await enter("renew", numberOf(lease), signal);
      return 60_000;
    },
    async release(lease, signal) {
      const number = held.get(lease);
      await enter("release", number ?? "", signal);
      if (number === undefined) return;
      held.delete(lease);
      open.unshift(number);
    },
    async submit(proof, signal) {
      await enter("submit", proof.batch, signal);
      numberOf(proof.lease);
      held.delete(proof.lease ?? "");
      stored.set(proof.batch, proof);
    },
    async fail(failure, signal) {
      await enter("fail", failure.batch, signal);
      numberOf(failure.lease);
      held.delete(failure.lease);
      failures.push(failure);
    },
    close: () => {},
  };
}
