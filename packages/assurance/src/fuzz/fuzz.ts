// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import { Random } from "@zeta/monitor/test/support/random";
import { equalBytes } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { Corpus } from "./corpus.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import type { ByteTarget, JsonTarget } from "./target.ts";
import { allTargets } from "./targets.ts";

export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  /** Different answers: acceptance, and refusals that expect something else. */
  readonly outcomes: number;
  /** Input and what went wrong, the first few. */
  readonly failures: readonly string[];
}

/** Decodes one kind of input many times. */
export interface Fuzzer {
  readonly name: string;
  run(inputs: number): FuzzResult;
}

const FAILURES_MAX = 5;
const SHOWN_MAX = 400;
/** A decoder that takes longer for one small input hangs; the slowest ones take a few milliseconds. */
const INPUT_CPU_MS_MAX = 5_000;

/** One fuzzer per decoder; each has its own random numbers, so that one target can be repeated alone. */
export async function fuzzers(seed: number): Promise<Fuzzer[]> {
  const { byteTargets, jsonTargets } = await allTargets(seed);
  const json = jsonTargets.map((target) => jsonFuzzerOf(target, seed));
  return [...byteTargets.map((target) => fuzzerOf(target, seed)), ...json];
}

/** The fuzzer of a decoder of bytes. */
export function fuzzerOf({ name, samples, recode }: ByteTarget, seed: number): Fuzzer {
  const random = new Random(seed);
  const corpus = new Corpus(samples, ({ length }) => length);
  const next = () =>
    corpus.genuine() ?? mutateBytes([corpus.pick(random), corpus.pick(random)], random);
  return fuzzer(name, { next, corpus, recode, isSame: equalBytes, show: toHex });
}

function jsonFuzzerOf({ name, samples, recode }: JsonTarget, seed: number): Fuzzer {
  const random = new Random(seed);
  const show = (value: unknown) => JSON.stringify(value) ?? "";
  const corpus = new Corpus(samples, (value) => show(value).length);
  const next = () => corpus.genuine() ?? mutateJson(corpus.pick(random), random);
  const again = (value: unknown) => recode(value) ?? null;
  return fuzzer(name, { next, corpus, recode: again, isSame: isDeepStrictEqual, show });
}

interface Trial<T> {
  readonly next: () => T;
  readonly corpus: Corpus<T>;
  /** Decodes and encodes again; null: nothing to compare. */
  readonly recode: (input: T) => unknown;
  readonly isSame: (input: T, again: T) => boolean;
  readonly show: (input: T) => string;
}

interface Outcome {
  readonly accepted: boolean;
  readonly answer: string;
  readonly failure: string | null;
}

function fuzzer<T>(name: string, trial: Trial<T>): Fuzzer {
  return {
    name,
    run(inputs) {
      const failures: string[] = [];
      let accepted = 0;
      for (let i = 0; i < inputs; i++) {
        const input = trial.next();
        const begun = cpuMs();
        const outcome = judge(trial, input);
        const failure = outcome.failure ?? tooSlow(cpuMs() - begun);
        if (outcome.accepted) accepted++;
        trial.corpus.note(input, outcome.answer);
        if (failure === null || failures.length >= FAILURES_MAX) continue;
        failures.push(`${failure}: ${trial.show(input).slice(0, SHOWN_MAX)}`);
      }
      const { outcomes } = trial.corpus;
      return { target: name, inputs, accepted, outcomes, failures };
    },
  };
}

/** Not the time on the clock, which passes as well while other programs run. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function tooSlow(ms: number): string | null {
  return ms > INPUT_CPU_MS_MAX ? `takes ${Math.round(ms)} ms` : null;
}

function judge<T>({ recode, isSame }: Trial<T>, input: T): Outcome {
  try {
    const again = recode(input);
    const isCanonical = again === null || isSame(input, again as T);
    const failure = isCanonical ? null : "accepted, and encodes otherwise";
    return { accepted: true, answer: "accepted", failure };
  } catch (error) {
    if (!isZetaError(error) || error.code === "assertion") {
      return { accepted: false, answer: "thrown", failure: `throws ${String(error)}` };
    }
    return { accepted: false, answer: `${error.code}: ${error.message}`, failure: null };
  }
}
