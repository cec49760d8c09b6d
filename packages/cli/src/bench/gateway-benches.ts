// SPDX-License-Identifier: Apache-2.0
import { quoteJudge } from "@zeta/gateway/proofs/quote-judge";
import { verifyProofs } from "@zeta/gateway/proofs/verify-proofs";
import {
  openProvingWorld,
  type ProvingWorld,
  runSequentially,
  runUntil,
  TimedVerifier,
} from "./proving-world.ts";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";

/** What a verification and a call of the server take. The verification waits, so that many gateways fit one machine. */
const VERIFY_MS = 200;
const LATENCY_MS = 50;
const RUNS = 3;
const BATCHES = { full: 40, quick: 12 } as const;
/** Gateways whose proofs per second are told; the last is the row's value, the first its baseline. */
const GATEWAYS = [1, 2, 4, 8] as const;

const rounded = (value: number) => Math.round(value * 100) / 100;

/** The share of the wall time, from the first verification's begin to the last one's end, in which a verifier worked, in percent. */
function busyShare(verifier: TimedVerifier): number {
  const { busy, wall } = verifier.times;
  return (100 * busy) / wall;
}

async function busyRow({ quick, say }: BenchOptions): Promise<BenchRow> {
  const count = quick ? BATCHES.quick : BATCHES.full;
  const world = await openProvingWorld(LATENCY_MS);
  const [ours, sequential]: [number[], number[]] = [[], []];
  try {
    for (let run = 1; run <= RUNS; run++) {
      await world.submit(count);
      const one = new TimedVerifier(VERIFY_MS);
      await runUntil(world, `busy-${run}`, one, () => one.count === count);
      await world.submit(count);
      const other = new TimedVerifier(VERIFY_MS);
      await runSequentially(world, other, count);
      ours.push(busyShare(one));
      sequential.push(busyShare(other));
      const [a, b] = [ours, sequential].map((shares) => shares.at(-1)?.toFixed(1));
      say(`run ${run} of ${RUNS}: ${a} %, one after the other ${b} %`);
    }
    const [value, baselineValue] = [median(ours), median(sequential)];
    return {
      id: "gateway.busy",
      value: rounded(value),
      unit: "%",
      baseline: "one call after the other",
      baselineValue: rounded(baselineValue),
      ratio: rounded(value / baselineValue),
      runs: RUNS,
      certified: await allProven(world),
    };
  } finally {
    await world.close();
  }
}

async function proofsRow({ quick, say }: BenchOptions): Promise<BenchRow> {
  const count = quick ? BATCHES.quick : BATCHES.full;
  const world = await openProvingWorld(LATENCY_MS);
  const rates = new Map<number, number[]>();
  try {
    for (let run = 1; run <= RUNS; run++) {
      for (const gateways of GATEWAYS) {
        const rate = await proofsPerSecond(world, `proofs-${run}-${gateways}`, gateways, count);
        rates.set(gateways, [...(rates.get(gateways) ?? []), rate]);
      }
      const told = [...rates].map(([gateways, all]) => `${gateways}: ${all.at(-1)?.toFixed(1)}`);
      say(`run ${run} of ${RUNS}, proofs/s by gateways: ${told.join(", ")}`);
    }
    const [value, baselineValue] = [GATEWAYS[3], GATEWAYS[0]].map((n) =>
      median(rates.get(n) ?? []),
    );
    return {
      id: "gateway.proofs",
      value: rounded(value ?? 0),
      unit: "proofs/s",
      baseline: `one gateway (value: ${GATEWAYS[3]})`,
      baselineValue: rounded(baselineValue ?? 0),
      ratio: rounded((value ?? 0) / (baselineValue ?? 1)),
      runs: RUNS,
      certified: await allProven(world),
    };
  } finally {
    await world.close();
  }
}

/** Every gateway has `count` batches to prove on average; the time is that of all of them together. */
async function proofsPerSecond(
  world: ProvingWorld,
  name: string,
  gateways: number,
  count: number,
): Promise<number> {
  await world.submit(gateways * count);
  const verifiers = Array.from({ length: gateways }, () => new TimedVerifier(VERIFY_MS));
  const proven = () => verifiers.reduce((sum, verifier) => sum + verifier.count, 0);
  const isDone = () => proven() >= gateways * count;
  const start = performance.now();
  await Promise.all(
    verifiers.map((verifier, i) => runUntil(world, `${name}-${i}`, verifier, isDone)),
  );
  return (1000 * gateways * count) / (performance.now() - start);
}

/** Every batch has a proof that a skeptic accepts, and they are one chain. */
async function allProven(world: ProvingWorld): Promise<boolean> {
  const judge = quoteJudge({
    policy: { allowSimulation: true, sgx: null, tdx: null, sevSnp: null, reportData: null },
    now: Date.now,
  });
  const report = await verifyProofs({
    url: world.directUrl,
    from: 1,
    to: world.batches,
    policy: { judge, service: "kv", allowLegacy: false },
    signal: new AbortController().signal,
  });
  return report.ok;
}

/** The rows of `zeta bench gateway`. */
export const GATEWAY_BENCHES: readonly Bench[] = [
  {
    id: "gateway.busy",
    title: `share of the time in which one gateway verifies; ${VERIFY_MS} ms a batch, ${LATENCY_MS} ms a call`,
    run: busyRow,
  },
  {
    id: "gateway.proofs",
    title: `proofs per second of 1, 2, 4 and 8 gateways; ${VERIFY_MS} ms a batch, ${LATENCY_MS} ms a call`,
    run: proofsRow,
  },
];
