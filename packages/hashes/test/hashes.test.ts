// SPDX-License-Identifier: Apache-2.0
import { blake2b } from "@noble/hashes/blake2.js";
import { blake3 } from "@noble/hashes/blake3.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { compileAssembly } from "../scripts/compile.mjs";

/** The exports of assembly/probe.ts. */
interface Probe {
  readonly memory: WebAssembly.Memory;
  input(): number;
  key(): number;
  output(): number;
  reserve(bytes: number): void;
  hash(length: number): void;
  keyed(length: number): void;
  derive(contextLength: number, length: number): void;
  hash2b(length: number): void;
  pair2b(length: number): void;
  lanes(a: number, b: number, c: number, d: number): void;
  halves(a: number, b: number, c: number, d: number): void;
  lanesOutput(): number;
}

/** The lengths of the official BLAKE3 vectors, the borders around four chunks at once, and a megabyte. */
const LENGTHS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072, 3073,
  4096, 4097, 5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102400, 1048577,
];

/** The official vectors' key and context. */
const KEY = new TextEncoder().encode("whats the Elvish word for friend");
const CONTEXT = new TextEncoder().encode("BLAKE3 2019-12-27 16:29:52 test vectors context");

/** The input of the official vectors: 0, 1, ..., 250, 0, 1, ... */
const INPUT = Uint8Array.from({ length: 1048577 }, (_, i) => i % 251);

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

let probe: Probe;
let memory: Uint8Array;

beforeAll(async () => {
  const room = new URL("../", import.meta.url);
  const module = new WebAssembly.Module(await compileAssembly(room, "probe.ts"));
  probe = new WebAssembly.Instance(module, {}).exports as unknown as Probe;
  probe.reserve(INPUT.length + 128);
  memory = new Uint8Array(probe.memory.buffer);
  memory.set(KEY, probe.key());
});

function outputAfter(write: Uint8Array, run: () => void): string {
  memory.set(write, probe.input());
  run();
  return toHex(memory.slice(probe.output(), probe.output() + 32));
}

describe.each(LENGTHS)("%i bytes", (length) => {
  const message = INPUT.subarray(0, length);

  test("BLAKE3, all modes, and BLAKE2b-256 agree with noble", () => {
    expect(outputAfter(message, () => probe.hash(length))).toBe(toHex(blake3(message)));
    expect(outputAfter(message, () => probe.keyed(length))).toBe(
      toHex(blake3(message, { key: KEY })),
    );
    const withContext = new Uint8Array(CONTEXT.length + length);
    withContext.set(CONTEXT);
    withContext.set(message, CONTEXT.length);
    expect(outputAfter(withContext, () => probe.derive(CONTEXT.length, length))).toBe(
      toHex(blake3(message, { context: CONTEXT })),
    );
    expect(outputAfter(message, () => probe.hash2b(length))).toBe(
      toHex(blake2b(message, { dkLen: 32 })),
    );
  });
});

test("the empty and the one-byte BLAKE3 vectors of the specification", () => {
  expect(outputAfter(INPUT.subarray(0, 0), () => probe.hash(0))).toBe(
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
  );
  expect(outputAfter(INPUT.subarray(0, 1), () => probe.hash(1))).toBe(
    "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
  );
});

/** RFC 7693 has "abc" only as BLAKE2b-512; this is what `hashlib.blake2b(b"abc", digest_size=32)` of Python answers. */
const ABC_2B = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";

/** Puts two messages of one length into the lanes, zero-padded; returns their hashes. */
function pairOf(a: Uint8Array, b: Uint8Array): string[] {
  const area = new Uint8Array(2048);
  area.set(a);
  area.set(b, 1024);
  memory.set(area, probe.input());
  probe.pair2b(a.length);
  const digest = (at: number) => toHex(memory.slice(at, at + 32));
  return [digest(probe.lanesOutput()), digest(probe.lanesOutput() + 32)];
}

function twoOf(length: number): fc.Arbitrary<[Uint8Array, Uint8Array]> {
  const message = fc.uint8Array({ minLength: length, maxLength: length });
  return fc.tuple(message, message);
}

function hashesBoth(messages: [Uint8Array, Uint8Array]): void {
  expect(pairOf(...messages)).toEqual(messages.map((one) => toHex(blake2b(one, { dkLen: 32 }))));
}

test("BLAKE2b-256 of abc, alone and in either lane", () => {
  const [abc, other] = [new TextEncoder().encode("abc"), new TextEncoder().encode("xyz")];
  expect(outputAfter(abc, () => probe.hash2b(3))).toBe(ABC_2B);
  expect(pairOf(abc, other)[0]).toBe(ABC_2B);
  expect(pairOf(other, abc)[1]).toBe(ABC_2B);
});

test("a pair of BLAKE2b-256 is two hashes, for every length to a byte beyond three blocks", () => {
  for (let length = 1; length <= 3 * 128 + 1; length++) {
    fc.assert(fc.property(twoOf(length), hashesBoth), { seed: 20_260_101 + length, numRuns: 2 });
  }
});

test("pairs of random lengths, one after the other, leave nothing behind", () => {
  const two = fc.integer({ min: 1, max: 1024 }).chain(twoOf);
  fc.assert(fc.property(two, hashesBoth), { seed: 20_260_101, numRuns: 200 });
});

test.each([
  { name: "lanes of up to a chunk", laneBytes: 1024, limits: [28, 64, 128, 1024] },
  { name: "halves of a block", laneBytes: 32, limits: [20, 28, 32] },
])("four $name, of different lengths, are four keyed hashes", ({ laneBytes, limits }) => {
  const four = fc
    .constantFrom(...limits)
    .chain((maxLength) => fc.array(fc.uint8Array({ maxLength }), { minLength: 4, maxLength: 4 }));
  const hashesAll = fc.property(four, (messages) => {
    const area = new Uint8Array(4 * laneBytes);
    for (const [lane, message] of messages.entries()) area.set(message, laneBytes * lane);
    memory.set(area, probe.input());
    const [a = 0, b = 0, c = 0, d = 0] = messages.map(({ length }) => length);
    if (laneBytes === 32) probe.halves(a, b, c, d);
    else probe.lanes(a, b, c, d);
    for (const [lane, message] of messages.entries()) {
      const at = probe.lanesOutput() + 32 * lane;
      expect(toHex(memory.slice(at, at + 32))).toBe(toHex(blake3(message, { key: KEY })));
    }
  });
  fc.assert(hashesAll, { seed: 20_260_101, numRuns: 200 });
});
