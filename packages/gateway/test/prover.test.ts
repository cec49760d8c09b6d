// SPDX-License-Identifier: Apache-2.0
/** The loop by itself, in virtual time: no dead time, what is retried and how long it waits, what a stop leaves behind. */
import { equalBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { publicKeyOf } from "@zeta/protocol/signature";
import { pino } from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import type { SignedProof } from "../src/api/prover-api.ts";
import { createGatewayMetrics } from "../src/metrics.ts";
import type { ProofOutbox } from "../src/outbox.ts";
import type { ProverParts } from "../src/parts.ts";
import { runProver } from "../src/prover.ts";
import { verifierError } from "../src/verify/verifier.ts";
import { type FakeApi, fakeApi, problem } from "./support/fake-api.ts";
import { testVerifier, untilAborted } from "./support/gateway.ts";
import { VirtualClock } from "./support/virtual-time.ts";

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

/** Files take real time; the outbox on disk has its own tests. */
function memoryOutbox(): ProofOutbox {
  const kept = new Map<number, { proof: SignedProof; isSuperseded: boolean }>();
  return {
    get size() {
      return kept.size;
    },
    entries: () => [...kept.values()],
    find: (batch, digest) => {
      const proof = kept.get(batch)?.proof;
      return proof !== undefined && equalBytes(proof.digest, digest) ? proof : null;
    },
    put: async (proof) => void kept.set(proof.batch, { proof, isSuperseded: false }),
    supersede: async (proof) => void kept.set(proof.batch, { proof, isSuperseded: true }),
    remove: async (proof) => void kept.delete(proof.batch),
    refuse: async (proof) => void kept.delete(proof.batch),
  };
}

const secretKey = sha256(Buffer.from("gateway"));
const identity = {
  secretKey,
  publicKey: publicKeyOf(secretKey),
  quote: new Uint8Array(8),
  teeType: "simulation",
} as const;

interface LogLine {
  readonly msg: string;
  readonly waitMs?: number;
  readonly operation?: string;
}

function makeParts(
  api: FakeApi,
  verifier = testVerifier(),
  settings: Partial<ProverParts["settings"]> = {},
  outbox = memoryOutbox(),
) {
  const lines: LogLine[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  let leases = 0;
  const slept: number[] = [];
  const watched = {
    now: () => clock.now(),
    sleep: (milliseconds: number, signal?: AbortSignal) => {
      slept.push(milliseconds);
      return clock.sleep(milliseconds, signal);
    },
  };
  const parts: ProverParts = {
    api,
    identity,
    verifier,
    outbox,
    clock: watched,
    retry: {
      clock: watched,
      random: () => 0.5,
      rules: { initialMs: 1000, multiplier: 2, maxMs: 16_000 },
      retriesMax: null,
      log,
      onRetry: (operation, cause) => parts.metrics.retries.inc({ operation, cause }),
    },
    metrics: createGatewayMetrics(),
    log,
    drawLease: () => `lease ${++leases}`,
    settings: {
      verifiers: 1,
      waitSeconds: 0,
      signsLegacy: false,
      submits: true,
      shutdownMs: 1000,
      ...settings,
    },
  };
  return { parts, lines, slept };
}

/** Runs until `condition`, then stops; `haltAfterMs` later it halts. */
async function run(parts: ProverParts, condition: () => boolean, haltAfterMs = 1000) {
  const stop = new AbortController();
  const halt = new AbortController();
  let isOver = false;
  const done = runProver(parts, { stop: stop.signal, halt: halt.signal });
  done
    .catch(() => {})
    .finally(() => {
      isOver = true;
    });
  await clock.runUntil(() => isOver || condition());
  stop.abort();
  void clock.sleep(haltAfterMs).then(() => halt.abort());
  await clock.runUntil(() => isOver);
  await done;
}

test("no dead time: with 200 ms of verification and 50 ms of latency the verifier works 95 % of the time", async () => {
  const api = fakeApi({ clock, count: 40, latencyMs: 50 });
  let busy = 0;
  let first = Number.NaN;
  let last = 0;
  const verifier = testVerifier(async () => {
    first = Number.isNaN(first) ? clock.now() : first;
    await clock.sleep(200);
    busy += 200;
    last = clock.now();
  });
  const { parts } = makeParts(api, verifier);
  await run(parts, () => api.stored.size === 40);
  expect(busy).toBe(8000);
  expect(busy / (last - first)).toBeGreaterThanOrEqual(0.95);
  // From the very start, too: registering, claiming and fetching the first batch are all that is lost.
  expect(first).toBe(150);
});

test("two verifiers are kept busy as well as one", async () => {
  const api = fakeApi({ clock, count: 40, latencyMs: 50 });
  let last = 0;
  const verifier = testVerifier(async () => {
    await clock.sleep(200);
    last = clock.now();
  });
  const { parts } = makeParts(api, verifier, { verifiers: 2 });
  await run(parts, () => api.stored.size === 40);
  expect(last).toBeLessThanOrEqual(150 + (40 * 200) / 2 / 0.95);
});

test("idle: it asks again after growing pauses, and at once when there was work", async () => {
  const api = fakeApi({ clock, count: 2 });
  const { parts, slept } = makeParts(api);
  await run(parts, () => clock.now() > 20_000);
  const pauses = slept.filter((ms) => ms > 0 && ms !== 20_000);
  expect(pauses.slice(0, 6)).toEqual([750, 1125, 1688, 2531, 3750, 3750]);
});

describe("passing trouble", () => {
  test("the wait that is logged is the wait that is slept: growing, capped, with jitter", async () => {
    const trouble = (call: string, times: number) =>
      call === "submit" && times <= 6 ? problem(503, "store_unavailable") : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts, lines, slept } = makeParts(api);
    await run(parts, () => api.stored.size === 1);
    const logged = lines.filter((line) => line.operation === "submit").map((line) => line.waitMs);
    expect(logged).toEqual([750, 1500, 3000, 6000, 12_000, 12_000]);
    for (const wait of logged) expect(slept).toContain(wait);
    const { values } = await parts.metrics.retries.get();
    expect(values).toEqual([{ labels: { operation: "submit", cause: "status_503" }, value: 6 }]);
  });

  test("a server's Retry-After is honoured", async () => {
    const trouble = (call: string, times: number) =>
      call === "claim" && times === 1 ? problem(429, "too_many_requests", 30_000) : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts, lines } = makeParts(api);
    await run(parts, () => api.stored.size === 1);
    expect(lines.find((line) => line.operation === "claim")?.waitMs).toBe(30_000);
  });

  test("a proof is handed in again as it is, never made again", async () => {
    const trouble = (call: string, times: number) =>
      call === "submit" && times <= 3 ? problem(500, "internal_error") : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const verifier = testVerifier();
    const { parts } = makeParts(api, verifier);
    await run(parts, () => api.stored.size === 1);
    expect(verifier.seen).toEqual([1]);
    expect(api.calls.filter((call) => call === "submit 1")).toHaveLength(4);
  });

  test("a lease is renewed as long as the batch is held", async () => {
    const api = fakeApi({ clock, count: 1 });
    const { parts } = makeParts(
      api,
      testVerifier(() => clock.sleep(100_000)),
    );
    await run(parts, () => api.stored.size === 1);
    expect(api.calls.filter((call) => call === "renew 1")).toHaveLength(4);
  });
});

describe("a server that forgot", () => {
  test("the key, seen at the claim: registered again", async () => {
    const trouble = (call: string, times: number) =>
      call === "claim" && times === 1 ? problem(409, "unregistered_key") : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts } = makeParts(api);
    await run(parts, () => api.stored.size === 1);
    expect(api.calls.filter((call) => call.startsWith("register"))).toHaveLength(2);
  });

  test("the key, seen at the submission: registered again, the same proof handed in", async () => {
    const trouble = (call: string, times: number) =>
      call === "submit" && times === 1 ? problem(409, "unregistered_key") : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const verifier = testVerifier();
    const { parts } = makeParts(api, verifier);
    await run(parts, () => api.stored.size === 1);
    expect(api.calls.filter((call) => call.startsWith("register"))).toHaveLength(2);
    expect(verifier.seen).toEqual([1]);
  });

  test("a revoked key is the end: the error is told and nothing stays held", async () => {
    const trouble = (call: string, times: number) =>
      call === "claim" && times === 2 ? problem(409, "attestation_revoked") : null;
    const api = fakeApi({ clock, count: 9, trouble });
    const { parts } = makeParts(
      api,
      testVerifier((_batch, signal) => untilAborted(signal)),
    );
    await expect(run(parts, () => false)).rejects.toMatchObject({ problem: "attestation_revoked" });
    expect([...api.held]).toEqual([]);
  });

  test("and now refuses the data and the release: the gateway ends, and no lease is renewed after it", async () => {
    const trouble = (call: string) =>
      call === "data" || call === "release" ? problem(403, "operator_only") : null;
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts } = makeParts(api);
    await expect(run(parts, () => false)).rejects.toMatchObject({ problem: "operator_only" });
    const isRenewed = () => api.calls.includes("renew 1");
    await expect(clock.runUntil(isRenewed)).rejects.toThrow("nothing left to happen");
    expect((await parts.metrics.leasesHeld.get()).values[0]?.value).toBe(0);
  });
});

describe("batches that do not hold", () => {
  test("are reported with their check, and the gateway goes on with the next", async () => {
    const content = (number: number) => (number === 2 ? "batch 2 poison" : `batch ${number}`);
    const api = fakeApi({ clock, count: 3, content });
    const { parts } = makeParts(api);
    await run(parts, () => api.stored.size === 2 && api.failures.length === 1);
    expect(api.failures).toMatchObject([{ batch: 2, kind: "rejected", check: "M.hash" }]);
    expect([...api.stored.keys()]).toEqual([1, 3]);
  });

  test("a verifier that fails says nothing about the batch, and is reported as that", async () => {
    const api = fakeApi({ clock, count: 2 });
    const verifier = testVerifier(async (batch) => {
      if (batch.facts?.number === 1) throw verifierError("verifier_memory", "out of memory");
    });
    const { parts } = makeParts(api, verifier);
    await run(parts, () => api.stored.size === 1 && api.failures.length === 1);
    expect(api.failures).toMatchObject([{ batch: 1, kind: "error", check: "verifier_memory" }]);
  });

  test("a batch that says something else than the server is not signed", async () => {
    const content = (number: number) => `batch ${number === 1 ? 7 : number}`;
    const api = fakeApi({ clock, count: 1, content });
    const { parts } = makeParts(api);
    await run(parts, () => api.failures.length === 1);
    expect(api.failures).toMatchObject([{ batch: 1, kind: "rejected", check: "batch.facts" }]);
    expect([api.stored.size, parts.outbox.size]).toEqual([0, 0]);
  });
});

describe("a stop", () => {
  test("lets a verification that is in time finish, and gives back what is not begun", async () => {
    const api = fakeApi({ clock, count: 5, latencyMs: 50 });
    const { parts } = makeParts(
      api,
      testVerifier(() => clock.sleep(300)),
    );
    await run(parts, () => [...api.held.values()].includes(2), 1000);
    expect([...api.stored.keys()]).toEqual([1]);
    expect([...api.held]).toEqual([]);
  });

  test("ends a verification that is not, and gives that back too", async () => {
    const api = fakeApi({ clock, count: 5 });
    const { parts } = makeParts(
      api,
      testVerifier((_batch, signal) => untilAborted(signal)),
    );
    await run(parts, () => api.held.size === 2);
    expect([api.stored.size, api.held.size]).toEqual([0, 0]);
  });

  test("while the server is away: the proof stays in the outbox and is handed in at the next start", async () => {
    const trouble = (call: string) => (call === "submit" ? problem(502, "x") : null);
    const away = fakeApi({ clock, count: 1, trouble });
    const first = makeParts(away);
    await run(first.parts, () => away.calls.includes("submit 1"));
    expect(first.parts.outbox.size).toBe(1);
    // The lease was given back, so the batch comes again.
    expect([...away.held]).toEqual([]);
    const back = fakeApi({ clock, count: 1 });
    const verifier = testVerifier();
    const second = makeParts(back, verifier, {}, first.parts.outbox);
    await run(second.parts, () => back.stored.size === 1);
    expect([verifier.seen, second.parts.outbox.size]).toEqual([[], 0]);
    const [proof] = back.stored.values() as Iterable<SignedProof>;
    expect(proof?.batch).toBe(1);
  });
});

describe("a lost lease", () => {
  test("under verification: the work is given up and nothing is handed in", async () => {
    const trouble = (call: string) => (call === "renew" ? problem(409, "stale_lease") : null);
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts } = makeParts(
      api,
      testVerifier((_batch, signal) => untilAborted(signal)),
    );
    await run(parts, () => clock.now() > 30_000);
    expect(api.calls.filter((call) => call.startsWith("submit"))).toEqual([]);
    expect((await parts.metrics.leasesLost.get()).values[0]?.value).toBe(1);
  });

  test("at the submission: the proof is kept, and handed in unverified when the batch comes again", async () => {
    const trouble = (call: string, times: number) =>
      call === "submit" && times === 1 ? problem(409, "stale_lease") : null;
    const first = fakeApi({ clock, count: 1, trouble });
    const { parts } = makeParts(first);
    await run(parts, () => first.calls.includes("submit 1") && parts.outbox.size === 1);
    const again = fakeApi({ clock, count: 1 });
    const verifier = testVerifier();
    const second = makeParts(again, verifier, {}, parts.outbox);
    await run(second.parts, () => again.stored.size === 1);
    expect([verifier.seen, second.parts.outbox.size]).toEqual([[], 0]);
  });

  test("already proven by another: done", async () => {
    const trouble = (call: string) => (call === "submit" ? problem(409, "already_proven") : null);
    const api = fakeApi({ clock, count: 1, trouble });
    const { parts, lines } = makeParts(api);
    await run(parts, () => lines.some((line) => line.msg === "another prover was faster"));
    expect(parts.outbox.size).toBe(0);
  });
});

test("TEE type none of old servers: verified, never handed in", async () => {
  const api = fakeApi({ clock, count: 1 });
  const { parts, lines } = makeParts(api, testVerifier(), { submits: false });
  await run(parts, () => lines.some((line) => line.msg.startsWith("verified; not handed in")));
  expect([api.stored.size, parts.outbox.size]).toEqual([0, 0]);
});
