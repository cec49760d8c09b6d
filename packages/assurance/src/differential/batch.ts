// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import type { RuleId } from "@zeta/monitor/reference/rules";
import type { Profile } from "@zeta/protocol/profile";
import { RecycledThreads } from "../monitors/recycled-threads.ts";
import { purseService } from "../sample-services.ts";
import type { SeedResult } from "../seed-farm.ts";
import { type Case, casesOf, LOGS_PER_SEED, profileOf } from "./cases.ts";
import { type Comparison, compareMonitors } from "./compare.ts";

/** Every so many seeds meet fresh instances of the published module. */
const FRESH_EVERY = 50;

/** Compares the two monitors on all logs of a seed. */
export class Differential {
  readonly #threads: Readonly<Record<Profile, RecycledThreads>>;

  readonly #service: Program;
  readonly #disabled: readonly RuleId[];

  private constructor(
    threads: Readonly<Record<Profile, RecycledThreads>>,
    service: Program,
    disabled: readonly RuleId[],
  ) {
    this.#threads = threads;
    this.#service = service;
    this.#disabled = disabled;
  }

  /** `disabled`: rules that the reference lacks, for the test that the comparison notices it. */
  static async build(disabled: readonly RuleId[] = []): Promise<Differential> {
    const bytes = await RecycledThreads.build("bytes");
    const kv64 = await RecycledThreads.build("kv64");
    return new Differential({ bytes, kv64 }, await purseService(), disabled);
  }

  run(seed: number): SeedResult {
    const profile = profileOf(seed);
    const { fresh, recycled } = this.#threads[profile];
    const counts = {
      logs: 0,
      valid: 0,
      mutated: 0,
      garbage: 0,
      service: 0,
      frames: 0,
      certified: 0,
    };
    const met = new Set<string>();
    for (const { kind, shape, frames } of casesOf(seed, this.#service)) {
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
      if (shape.service !== undefined) counts.service++;
      counts.frames += frames.length;
      if (typeof result.certified === "number") counts.certified++;
    }
    return { counts, met, failure: null };
  }
}

/** A valid log must be accepted by both: two monitors that refuse everything would agree as well. */
function dishonour(kind: Case["kind"], { checks, certified }: Comparison): string | null {
  if (kind !== "valid") return null;
  const refused = checks.find((check) => check !== "ok") ?? "ok";
  // An honest log that runs out of memory for values stops there.
  if (refused === "L.memory") return null;
  if (refused !== "ok") return `expected an honest log to be accepted, got ${refused}`;
  if (checks.includes("L.memory") || typeof certified === "number") return null;
  return `expected a certified epoch, got ${certified}`;
}
