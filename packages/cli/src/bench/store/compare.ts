// SPDX-License-Identifier: Apache-2.0
import { startProgress } from "../../output/progress.ts";
import { WORKLOADS } from "../../ycsb/workload.ts";
import { type BenchOptions, median } from "../row.ts";
import { drawOperations, drawSource } from "./draws.ts";
import { isKept, type Kept, keptIn, type Sample, Sampler, sayKept } from "./measure.ts";
import { epochsToSettle, isLarge, type Setting, warmAtStart } from "./setting.ts";
import { Subject } from "./subject.ts";

const SEED = 1;
const RENEWAL_SEED = 2;
const RUNS = { full: 5, quick: 3 } as const;
/** Epochs before the first that counts: until the engine has optimised the modules and what is warm has become so. */
const WARM_UP_EPOCHS = { full: 3, quick: 2 } as const;
/** Epochs without a monitor are only periods of measuring: none need be longer. */
const UNVERIFIED_MS = 1000;
/** More draws than a worker runs in most epochs, so that an epoch sees the whole distribution and not a few records again and again. */
const DRAWS_MAX = { full: 16_000_000, quick: 8_000_000 } as const;
const DRAWS_PER_RECORD = 32;

/** With many records one epoch is like the next only on average. */
const EPOCHS_PER_SAMPLE_LARGE = 3;
/** Of an epoch, half may be its close: so the certificate comes within it whatever disturbs. */
const CLOSE_SHARE = 0.5;
/** The next length that is tried when an epoch is not kept, and how often. */
const LONGER = 1.25;
const LENGTHS_MAX = 12;

/** Medians of one setting's samples. */
export interface Measured {
  readonly operationsPerSecond: number;
  /** Null without a monitor. */
  readonly kept: Kept | null;
  /** The epochs that were asked for, or the first ones that could be kept. */
  readonly epochMs: number;
  /** Growth of the process's resident memory by starting and loading, per record: store, monitor and whatever else there is. */
  readonly bytesPerRecord: number;
  readonly certified: boolean;
  readonly runs: number;
}

class Candidate {
  readonly samples: Sample[] = [];
  readonly #setting: Setting;
  readonly #subject: Subject;
  readonly #sampler: Sampler;
  readonly #bytesPerRecord: number;

  private constructor(setting: Setting, subject: Subject, bytesPerRecord: number) {
    const { epochMs, placement } = setting;
    this.#setting = setting;
    this.#subject = subject;
    this.#sampler = new Sampler(
      subject,
      placement === "unverified" ? Math.min(epochMs, UNVERIFIED_MS) : epochMs,
      epochsPerSample(setting),
    );
    this.#bytesPerRecord = bytesPerRecord;
  }

  static async start(setting: Setting, { quick }: BenchOptions): Promise<Candidate> {
    const { records, workers, placement, slots, warmth, epochMs } = setting;
    const residentBefore = process.memoryUsage().rss;
    const progress = startProgress(`  loading ${nameOf(setting)}`, records);
    const closeMsMost = placement === "hybrid" ? { closeMsMost: CLOSE_SHARE * epochMs } : {};
    const options = { workers, slots, placement, warmth, recordsMax: records, ...closeMsMost };
    const subject = await Subject.start(options, records, warmAtStart(setting), progress.advance);
    progress.end();
    const growth = process.memoryUsage().rss - residentBefore;
    const candidate = new Candidate(setting, subject, growth / records);
    candidate.#draw(quick);
    const epochs = epochsToSettle(setting) + WARM_UP_EPOCHS[quick ? "quick" : "full"];
    for (let i = 0; i < epochs; i += epochsPerSample(setting)) await candidate.#sampler.sample();
    if (setting.lengthens) await candidate.#findShortest();
    return candidate;
  }

  #draw(quick: boolean): void {
    const { records, workers, placement, distribution } = this.#setting;
    const workload = WORKLOADS[this.#setting.workload];
    const drawn = { workload, distribution, records };
    const draws = drawOperations({
      ...drawn,
      count: Math.min(DRAWS_PER_RECORD * records, DRAWS_MAX[quick ? "quick" : "full"]),
      seed: SEED,
      ownerOf: (low) => this.#subject.cluster.ownerOf(low),
      workers,
      sorted: placement === "merkle-sorted",
    });
    // Without a monitor nobody remembers what was used; to draw as fast as that runs would take a core.
    const isRenewed = isLarge(this.#setting) && placement !== "unverified";
    const renewal = isRenewed ? drawSource({ ...drawn, seed: RENEWAL_SEED }) : null;
    this.#subject.use(draws, workload.readModifyWrite > 0 ? 2 : 1, renewal);
  }

  /** Tries longer epochs until they are kept. */
  async #findShortest(): Promise<void> {
    for (let length = 0; length < LENGTHS_MAX; length++) {
      const { epochMs } = this.#sampler;
      const kept = keptIn([await this.#sampler.sample()]);
      if (kept !== null && isKept(kept, epochMs)) return;
      this.#sampler.epochMs = LONGER * epochMs;
    }
  }

  async sample(): Promise<Sample> {
    const sample = await this.#sampler.sample();
    this.samples.push(sample);
    return sample;
  }

  /** Certifies everything and ends. */
  async finish(): Promise<Measured> {
    const certified = await this.#subject.finish();
    await this.#subject.stop();
    const { samples } = this;
    return {
      operationsPerSecond: median(samples.map((sample) => sample.operationsPerSecond)),
      kept: keptIn(samples),
      epochMs: this.#sampler.epochMs,
      bytesPerRecord: this.#bytesPerRecord,
      certified,
      runs: samples.length,
    };
  }

  get name(): string {
    return nameOf(this.#setting);
  }

  get epochMs(): number {
    return this.#sampler.epochMs;
  }
}

function epochsPerSample(setting: Setting): number {
  return isLarge(setting) ? EPOCHS_PER_SAMPLE_LARGE : 1;
}

/** A setting in words. */
export function nameOf({ placement, records, workers }: Setting): string {
  const count = records >= 1e6 ? `${records / 1e6} M` : `${records / 1000} k`;
  return `${placement}, ${count} records${workers > 1 ? `, ${workers} workers` : ""}`;
}

/** Measures settings in turns, so that a disturbance of the machine meets all of them. */
export async function compare(
  settings: readonly Setting[],
  options: BenchOptions,
): Promise<readonly Measured[]> {
  const candidates: Candidate[] = [];
  for (const setting of settings) candidates.push(await Candidate.start(setting, options));
  const runs = options.quick ? RUNS.quick : RUNS.full;
  for (let run = 0; run < runs; run++) {
    const told: string[] = [];
    for (const candidate of candidates) {
      const sample = await candidate.sample();
      const kept = keptIn([sample]);
      const epochs = kept === null ? "" : `: ${sayKept(kept, candidate.epochMs)}`;
      const millions = (sample.operationsPerSecond / 1e6).toFixed(2);
      told.push(`${millions} M op/s (${candidate.name}${epochs})`);
    }
    options.say(`run ${run + 1} of ${runs}: ${told.join("; ")}`);
  }
  const measured: Measured[] = [];
  for (const candidate of candidates) measured.push(await candidate.finish());
  return measured;
}

const known = new Map<string, Promise<readonly Measured[]>>();

/** The same, once for all rows of a process that need it. */
export function compareOnce(
  settings: readonly Setting[],
  options: BenchOptions,
): Promise<readonly Measured[]> {
  const name = JSON.stringify({ settings, quick: options.quick });
  const measured = known.get(name) ?? compare(settings, options);
  known.set(name, measured);
  return measured;
}
