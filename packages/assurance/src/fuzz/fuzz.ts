// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import { Random } from "@zeta/monitor/test/support/random";
import { equalBytes } from "@zeta/protocol/bytes";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { byteTargets } from "./byte-targets.ts";
import { jsonTargets } from "./json-targets.ts";
import { mutateBytes, mutateJson } from "./mutate.ts";
import { makeSamples } from "./samples.ts";

export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
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

/** One fuzzer per decoder; each has its own random numbers, so that one target can be repeated alone. */
export function fuzzers(seed: number): Fuzzer[] {
  const samples = makeSamples(seed);
  const bytes = byteTargets(samples).map(({ name, samples: starts, recode }) => {
    const random = new Random(seed);
    const genuine = [...starts];
    const next = () => genuine.pop() ?? mutateBytes(starts, random);
    return fuzzer(name, next, recode, (a, b) => equalBytes(a, b), toHex);
  });
  const json = jsonTargets(samples).map(({ name, samples: starts, recode }) => {
    const random = new Random(seed);
    const genuine = [...starts];
    const next = () => genuine.pop() ?? mutateJson(random.pick(starts), random);
    return fuzzer(name, next, (value) => recode(value) ?? null, isDeepStrictEqual, JSON.stringify);
  });
  return [...bytes, ...json];
}

/** @param recode decodes and encodes again; null: nothing to compare. */
function fuzzer<T>(
  name: string,
  next: () => T,
  recode: (input: T) => unknown,
  isSame: (input: T, again: T) => boolean,
  show: (input: T) => string,
): Fuzzer {
  const judge = (input: T): { accepted: boolean; failure: string | null } => {
    try {
      const again = recode(input);
      const isCanonical = again === null || isSame(input, again as T);
      return { accepted: true, failure: isCanonical ? null : "accepted, and encodes otherwise" };
    } catch (error) {
      const isRefused = isZetaError(error) && error.code !== "assertion";
      return { accepted: false, failure: isRefused ? null : `throws ${String(error)}` };
    }
  };
  return {
    name,
    run(inputs) {
      const failures: string[] = [];
      let accepted = 0;
      for (let i = 0; i < inputs; i++) {
        const input = next();
        const verdict = judge(input);
        if (verdict.accepted) accepted++;
        if (verdict.failure === null || failures.length >= FAILURES_MAX) continue;
        failures.push(`${verdict.failure}: ${(show(input) ?? "").slice(0, SHOWN_MAX)}`);
      }
      return { target: name, inputs, accepted, failures };
    },
  };
}
