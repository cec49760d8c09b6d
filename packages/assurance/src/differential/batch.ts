// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "@zeta/monitor/reference/rules";
import { honestLog, SMALL_SIZE, type TestLog } from "@zeta/monitor/test/support/honest-log";
import {
  encodeFrames,
  garbage,
  mutateBytes,
  mutateEntries,
} from "@zeta/monitor/test/support/mutate";
import { Random } from "@zeta/monitor/test/support/random";
import type { EncodedFrame, Shape } from "@zeta/monitor/test/support/run-log";
import type { Profile } from "@zeta/protocol/profile";
import { RecycledThreads } from "../monitors/recycled-threads.ts";
import type { SeedResult } from "../seed-farm.ts";
import { type Comparison, compareMonitors } from "./compare.ts";

type LogKind = "valid" | "mutated" | "garbage";

/** The logs of one seed, each of them a whole life of an instance. */
interface Case {
  readonly kind: LogKind;
  readonly shape: Shape;
  readonly frames: readonly EncodedFrame[];
}

const MUTATED_LOGS = 6;
const GARBAGE_LOGS = 1;
/** Logs that one seed stands for. */
export const LOGS_PER_SEED = 1 + MUTATED_LOGS + GARBAGE_LOGS;

/** Every so many seeds: a log of the usual size, and fresh instances of the published module. */
const LARGE_EVERY = 100;
const FRESH_EVERY = 50;

/** Small enough that some logs run out of memory for values. */
const SMALL_MEMORY_BYTES = 2 << 10;
const LARGE_MEMORY_BYTES = 8 << 10;

/** Compares the two monitors on all logs of a seed. Even seeds are of profile `bytes`, odd ones of `kv64`. */
export class Differential {
  readonly #threads: Readonly<Record<Profile, RecycledThreads>>;

  readonly #disabled: readonly RuleId[];

  private constructor(
    threads: Readonly<Record<Profile, RecycledThreads>>,
    disabled: readonly RuleId[],
  ) {
    this.#threads = threads;
    this.#disabled = disabled;
  }

  /** `disabled`: rules that the reference lacks, for the test that the comparison notices it. */
  static async build(disabled: readonly RuleId[] = []): Promise<Differential> {
    const bytes = await RecycledThreads.build("bytes");
    const kv64 = await RecycledThreads.build("kv64");
    return new Differential({ bytes, kv64 }, disabled);
  }

  run(seed: number): SeedResult {
    const profile = seed % 2 === 0 ? "bytes" : "kv64";
    const { fresh, recycled } = this.#threads[profile];
    const counts = { logs: 0, valid: 0, mutated: 0, garbage: 0, frames: 0, certified: 0 };
    const met = new Set<string>();
    for (const { kind, shape, frames } of casesOf(profile, seed)) {
      const create = seed % FRESH_EVERY < 2 ? fresh() : recycled();
      const result = compareMonitors(shape, frames, create, this.#disabled);
      const difference = result.difference ?? dishonour(kind, result);
      if (difference !== null) {
        const repeat = `ZETA_SEED=${seed} ZETA_LOGS=${LOGS_PER_SEED} npm run assure differential`;
        const what = `${profile}, ${kind} log ${counts[kind]}: ${difference}`;
        return { counts, met, failure: `seed ${seed}, ${what}\n  repeat: ${repeat}` };
      }
      for (const check of result.checks) met.add(check);
      counts[kind]++;
      counts.logs++;
      counts.frames += frames.length;
      if (typeof result.certified === "number") counts.certified++;
    }
    return { counts, met, failure: null };
  }
}

/** A valid log must be accepted by both: two monitors that refuse everything would agree as well. */
function dishonour(kind: LogKind, { checks, certified }: Comparison): string | null {
  if (kind !== "valid") return null;
  const refused = checks.find((check) => check !== "ok") ?? "ok";
  // An honest log that runs out of memory for values stops there.
  if (refused === "L.memory") return null;
  if (refused !== "ok") return `expected an honest log to be accepted, got ${refused}`;
  if (checks.includes("L.memory") || typeof certified === "number") return null;
  return `expected a certified epoch, got ${certified}`;
}

export function* casesOf(profile: Profile, seed: number): Generator<Case> {
  const large = seed % LARGE_EVERY < 2;
  const log = honestLog(profile, seed, large ? undefined : SMALL_SIZE);
  const valueMemoryBytes = large ? LARGE_MEMORY_BYTES : SMALL_MEMORY_BYTES;
  const shape = { ...shapeOf(log), valueMemoryBytes };
  const random = new Random(seed);
  yield { kind: "valid", shape, frames: encodeFrames(entryByEntry(log).frames, log) };
  for (let i = 0; i < MUTATED_LOGS; i++) {
    // Frames of one entry compare the state after each; longer ones, how a frame ends in the middle.
    const cut = random.oneIn(2) ? entryByEntry(log) : log;
    const frames = random.oneIn(4) ? mutateBytes(cut, random) : mutateEntries(cut, random);
    yield { kind: "mutated", shape, frames };
  }
  for (let i = 0; i < GARBAGE_LOGS; i++) {
    const noise = { ...shape, threads: 1 + random.below(4), slots: 4 + random.below(4) };
    yield { kind: "garbage", shape: noise, frames: garbage(noise, random) };
  }
}

function shapeOf({ profile, keyHash, threads, slots }: TestLog): Shape {
  return { profile, keyHash, threads, slots };
}

function entryByEntry(log: TestLog): TestLog {
  const frames = log.frames.flatMap(({ thread, entries }) =>
    entries.map((entry) => ({ thread, entries: [entry] })),
  );
  return { ...log, frames };
}
