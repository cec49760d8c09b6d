// SPDX-License-Identifier: Apache-2.0
import { WORKLOADS } from "../../ycsb/workload.ts";
import { median } from "../row.ts";
import { nameOf } from "./compare.ts";
import { drawOperations } from "./draws.ts";
import { type Sample, Sampler } from "./measure.ts";
import { setting } from "./setting.ts";
import { Subject } from "./subject.ts";

/** Epoch lengths in milliseconds, and how many epochs without use a record stays warm. */
const EPOCHS_MS = [100, 300, 1000, 3000];
const RECORD_EPOCHS = [1, 8, 64];
const RUNS = 3;
const WARM_UP_MS = 3000;
const DRAWS = 16_000_000;

/** A measured point of the trade: throughput against the time until a certificate. */
export interface TradePoint {
  readonly epochMs: number;
  readonly operationsPerSecond: number;
  readonly certificationMs: number;
}

export interface TradeSeries {
  readonly recordEpochs: number;
  readonly points: readonly TradePoint[];
}

/** YCSB A on one million records with one worker, over epoch lengths and warm sets. */
export async function measureTrade(
  records: number,
  say: (line: string) => void,
): Promise<readonly TradeSeries[]> {
  const series: TradeSeries[] = [];
  for (const recordEpochs of RECORD_EPOCHS) {
    series.push({ recordEpochs, points: await measureSeries(records, recordEpochs, say) });
  }
  return series;
}

async function measureSeries(
  records: number,
  recordEpochs: number,
  say: (line: string) => void,
): Promise<TradePoint[]> {
  const usual = setting({ records });
  const { slots, placement, workload, distribution } = usual;
  const warmth = { ...usual.warmth, recordEpochs };
  const options = { workers: 1, slots, recordsMax: records, placement, warmth };
  say(`loading ${nameOf(usual)}`);
  const subject = await Subject.start(options, records, records, () => {});
  const shape = { records, count: DRAWS, seed: 1, workers: 1, sorted: false, distribution };
  subject.use(drawOperations({ ...shape, workload: WORKLOADS[workload], ownerOf: () => 0 }));
  const points: TradePoint[] = [];
  for (const epochMs of EPOCHS_MS) {
    const samples = await sampleAt(subject, epochMs);
    const point = {
      epochMs,
      operationsPerSecond: median(samples.map((sample) => sample.operationsPerSecond)),
      certificationMs: median(samples.flatMap((sample) => sample.certificationsMs)),
    };
    points.push(point);
    const millions = (point.operationsPerSecond / 1e6).toFixed(2);
    const certified = `certified in ${Math.round(point.certificationMs)} ms`;
    say(`warm for ${recordEpochs} epochs of ${epochMs} ms: ${millions} M op/s, ${certified}`);
  }
  const certified = await subject.finish();
  await subject.stop();
  if (!certified) throw new Error("expected a certificate for every call, got none");
  return points;
}

/** With short epochs it takes many of them until what is warm is what it will be. */
async function sampleAt(subject: Subject, epochMs: number): Promise<Sample[]> {
  const sampler = new Sampler(subject, epochMs);
  const start = performance.now();
  do await sampler.sample();
  while (performance.now() - start < WARM_UP_MS);
  const samples: Sample[] = [];
  for (let run = 0; run < RUNS; run++) samples.push(await sampler.sample());
  return samples;
}
