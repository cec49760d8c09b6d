// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { Reader } from "@zeta/app/codec/reader";
import { workflowCalls } from "@zeta/app/workflow-calls";
import { assert } from "@zeta/protocol/error";
import type { AppService } from "@zeta/service/app-service";
import type { StoreCall } from "@zeta/store/store-worker";
import { type Bench, type BenchOptions, type BenchRow, median } from "./row.ts";
import {
  additions,
  kvPuts,
  loadLedger,
  openAccounts,
  payments,
  readings,
  sumOfAccounts,
  transfers,
} from "./service/ledger-calls.ts";
import { ServiceSubject } from "./service/service-subject.ts";

const RECORDS = 10_000;
const SUM_RECORDS = 1_000_000;
const RUNS = { full: 5, quick: 3 } as const;
const SUM_RUNS = { full: 3, quick: 1 } as const;
/** Calls of one epoch, which is one run. */
const CALLS = { full: 200_000, quick: 50_000 } as const;
const WARM_UP_EPOCHS = 2;

/** Calls of a service in TypeScript, and what they are held against. */
interface CallBench {
  readonly id: string;
  readonly title: string;
  /** A fraction of the calls of other rows. */
  readonly share: number;
  /** Calls of the run `run`, from 0 on. */
  calls(ledger: AppService, count: number, run: number): StoreCall[];
  readonly baseline: string;
  /** Its service (null: the key-value service), what fills it, and its calls. */
  against(
    ledger: AppService,
    count: number,
  ): {
    readonly service: AppService | null;
    readonly load: readonly StoreCall[];
    readonly calls: readonly StoreCall[];
  };
}

/** Both in turns, each epoch certified. */
function callBench({ id, title, share, calls, baseline, against }: CallBench): Bench {
  return {
    id,
    title,
    async run({ quick, say }: BenchOptions): Promise<BenchRow> {
      const count = (quick ? CALLS.quick : CALLS.full) * share;
      const ledger = await loadLedger();
      const other = against(ledger, count);
      const subjects = [new ServiceSubject(ledger), new ServiceSubject(other.service)] as const;
      subjects[0].certified(openAccounts(ledger, RECORDS));
      subjects[1].certified(other.load);
      const runs = quick ? RUNS.quick : RUNS.full;
      const values: number[] = [];
      const baselines: number[] = [];
      for (let run = 1 - WARM_UP_EPOCHS; run <= runs; run++) {
        const made = calls(ledger, count, run + WARM_UP_EPOCHS - 1);
        const value = (1000 * count) / subjects[0].certified(made);
        const beside = (1000 * count) / subjects[1].certified(other.calls);
        if (run < 1) continue;
        values.push(value);
        baselines.push(beside);
        const [mine, theirs] = [Math.round(value), Math.round(beside)];
        say(`run ${run} of ${runs}: ${mine} op/s; ${baseline} ${theirs} op/s`);
      }
      const [value, baselineValue] = [median(values), median(baselines)];
      return {
        id,
        value: Math.round(value),
        unit: "op/s",
        baseline,
        baselineValue: Math.round(baselineValue),
        ratio: Math.round((100 * value) / baselineValue) / 100,
        runs,
        certified: subjects.every((one) => one.isCertified()),
      };
    },
  };
}

/** Milliseconds until the sum over all accounts is certified. */
function certifiedSum(subject: ServiceSubject, { program }: AppService): number {
  const start = performance.now();
  const calls = workflowCalls(program, "sum", { count: SUM_RECORDS }, randomBytes(16));
  let next = calls.next();
  while (!next.done) next = calls.next(subject.call({ ...next.value, requestId: null }));
  const sum = program.operation("sum.finish").result.read(new Reader().open(next.value));
  const expected = sumOfAccounts(SUM_RECORDS);
  assert(sum === expected, `a sum of ${expected}, got ${sum}`);
  subject.certify();
  return performance.now() - start;
}

const SUM_BENCH: Bench = {
  id: "app.sum-1m",
  title: "a workflow over 1 M records, 15 in each call, until its sum is certified",
  async run({ quick, say }: BenchOptions): Promise<BenchRow> {
    const ledger = await loadLedger();
    const subject = new ServiceSubject(ledger);
    const loading = subject.certified(openAccounts(ledger, SUM_RECORDS));
    say(`${SUM_RECORDS} records loaded and certified in ${Math.round(loading)} ms`);
    const reads = readings(ledger, SUM_RECORDS);
    const runs = quick ? SUM_RUNS.quick : SUM_RUNS.full;
    const values: number[] = [];
    const baselines: number[] = [];
    for (let run = 1; run <= runs; run++) {
      baselines.push(subject.certified(reads));
      values.push(certifiedSum(subject, ledger));
      const [value = 0, baseline = 0] = [values.at(-1), baselines.at(-1)];
      say(`run ${run} of ${runs}: ${Math.round(value)} ms; read alone ${Math.round(baseline)} ms`);
    }
    const [value, baselineValue] = [median(values), median(baselines)];
    return {
      id: this.id,
      value: Math.round(value),
      unit: "ms",
      baseline: "1 M calls that read one record",
      baselineValue: Math.round(baselineValue),
      ratio: Math.round((100 * value) / baselineValue) / 100,
      runs,
      certified: subject.isCertified(),
    };
  },
};

const AGAINST_PUTS = {
  share: 1,
  baseline: "kv.put",
  against: (_: AppService, count: number) => ({ service: null, ...kvPuts(RECORDS, count) }),
} as const;

/** Each signature is verified twice, which takes most of the time. */
const SIGNED_SHARE = 1 / 20;

/** The rows of `zeta bench service`: store and enclave in this thread, without HTTP and receipts. */
export const SERVICE_BENCHES: readonly Bench[] = [
  callBench({
    id: "app.single",
    title: "one record read and written by a function in TypeScript, 10 000 records",
    calls: (ledger, count) => additions(ledger, RECORDS, count),
    ...AGAINST_PUTS,
  }),
  callBench({
    id: "app.transfer",
    title: "two records read and written by a function in TypeScript, 10 000 records",
    calls: (ledger, count) => transfers(ledger, RECORDS, count),
    ...AGAINST_PUTS,
  }),
  callBench({
    id: "app.signed",
    title: "one record read and written by a call that its owner signed",
    share: SIGNED_SHARE,
    calls: (ledger, count, run) => payments(ledger, run * count, count),
    baseline: "app.single",
    against: (ledger, count) => ({
      service: ledger,
      load: openAccounts(ledger, RECORDS),
      calls: additions(ledger, RECORDS, count),
    }),
  }),
  SUM_BENCH,
];
