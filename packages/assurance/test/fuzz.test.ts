// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { describe, expect, it } from "vitest";
import { Corpus } from "../src/fuzz/corpus.ts";
import { fuzzerOf, fuzzers } from "../src/fuzz/fuzz.ts";
import { fuzzHttp } from "../src/fuzz/http-service.ts";

const SEED = 6;
const INPUTS = 1000;

describe("a decoder of foreign bytes accepts or refuses, with a code, and has one encoding", async () => {
  it.each(await fuzzers(SEED))("$name", (fuzzer) => {
    const { accepted, outcomes, failures } = fuzzer.run(INPUTS);
    expect(failures, `seed ${SEED}`).toEqual([]);
    // Something gets through, or the mutator would be useless here.
    expect(accepted).toBeGreaterThan(0);
    expect(outcomes).toBeGreaterThan(0);
  });
});

describe("the HTTP service", () => {
  it("answers every request with a status of its own, never with a fault", async () => {
    const { failures, accepted, outcomes } = await fuzzHttp(SEED, 500);
    expect(failures, `seed ${SEED}`).toEqual([]);
    expect(accepted).toBeGreaterThan(20);
    expect(outcomes).toBeGreaterThan(8);
  });
});

describe("the corpus", () => {
  it("keeps an input that met a new answer, unless only what it got is new", () => {
    const corpus = new Corpus([Uint8Array.of(1)], ({ length }) => length);
    const [first, second, third] = [2, 3, 4].map((byte) => Uint8Array.of(byte));
    corpus.note(first!, "expected 4 bytes, got 17");
    corpus.note(second!, "expected 4 bytes, got 9");
    corpus.note(third!, "expected a slot");
    corpus.note(new Uint8Array(3), "too long to keep");
    expect(corpus.kept).toEqual([first, third]);
    expect(corpus.outcomes).toBe(3);
  });
});

describe("a fuzzer", () => {
  it("reports what is no refusal, a second encoding, and nothing else", () => {
    const target = (recode: (bytes: Uint8Array) => Uint8Array | null) =>
      fuzzerOf({ name: "any", decoders: [], samples: [Uint8Array.of(1, 2)], recode }, SEED).run(20);
    const refuse = (): never => {
      throw new ZetaError("D.short", "expected more");
    };
    const crash = (): never => {
      throw new RangeError("out of bounds");
    };
    expect(target(refuse)).toMatchObject({ accepted: 0, outcomes: 1, failures: [] });
    expect(target(crash).failures[0]).toContain("throws RangeError");
    expect(target((bytes) => bytes)).toMatchObject({ accepted: 20, failures: [] });
    expect(target(() => Uint8Array.of(9)).failures[0]).toContain("encodes otherwise");
  });
});
