// SPDX-License-Identifier: Apache-2.0
import { CHECK_IDS } from "@zeta/protocol/checks";
import { fromHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";
import { describe, expect, test } from "vitest";
import type { FrameResult } from "../src/verdict.ts";
import { honestLog } from "./support/honest-log.ts";
import { Random } from "./support/random.ts";
import { loadVectors } from "./support/vectors.ts";
import { encode, subject } from "./support/wasm-fixture.ts";

const SEED = 20_261_121;
const FAILURES = ["failed_at_end", "parsing_failure", "app_failure", "entry_failure"];

/** Whatever the frame is, the answer is one of the coded verdicts and its numbers make sense. */
function expectCoded(result: FrameResult, length: number, context: string): void {
  const { verdict, check, pos, read, wrote } = result;
  if (verdict === "success") {
    expect({ check, pos, read, wrote }, context).toEqual({
      check: null,
      pos: 0,
      read: length,
      wrote: 0,
    });
    return;
  }
  expect(FAILURES, context).toContain(verdict);
  expect(CHECK_IDS, context).toContain(check);
  expect(pos, context).toBeLessThanOrEqual(length);
  expect(read, context).toBe(verdict === "failed_at_end" ? length : 0);
}

/** Small damage anywhere: bits, interesting bytes, cuts, insertions, copies of another place. */
function mutate(random: Random, log: Uint8Array): Uint8Array {
  const bytes = [...log];
  for (let i = 1 + random.below(3); i > 0 && bytes.length > 0; i--) {
    const at = random.below(bytes.length);
    const old = bytes[at] ?? 0;
    const from = random.below(bytes.length);
    const piece = bytes.slice(from, from + random.below(40));
    random.pick([
      () => bytes.splice(at, 1, old ^ (1 << random.below(8))),
      () => bytes.splice(at, 1, random.pick([0, 1, 2, 7, 8, 0x7f, 0x80, 0xff])),
      () => bytes.splice(at, random.pick([1, 2, 34, bytes.length])),
      () => bytes.splice(at, 0, ...random.bytes(random.below(20))),
      () => bytes.splice(at, piece.length, ...piece),
    ])();
  }
  return Uint8Array.from(bytes);
}

function feed(profile: Profile, log: Uint8Array, blake2b: boolean, context: string): void {
  if (log.length === 0) return;
  const { thread } = subject(profile, {
    slots: 64,
    keyHash: blake2b ? "blake2b" : "identity",
    valueMemoryBytes: 4096,
  });
  const result = thread.verifyLog(log);
  expectCoded(result, log.length, context);
  expect(thread.failed, context).toBe(result.verdict !== "success");
  if (thread.failed) expect(thread.verifyLog(Uint8Array.of(5)).verdict).toBe("thread_dead");
  for (let slot = 0; slot < 64; slot++) thread.slot(slot);
}

describe(`seed ${SEED}`, () => {
  test("damaged golden logs get a coded verdict", () => {
    const random = new Random(SEED);
    const vectors = [...loadVectors("accepted"), ...loadVectors("rejected")];
    for (let round = 0; round < 350; round++) {
      const vector = random.pick(vectors);
      const { tid, log } = random.pick(vector.frames);
      if (tid !== 0) continue;
      const damaged = mutate(random, fromHex(log));
      feed("kv64", damaged, vector.keyhash === "blake2b", `round ${round}, ${vector.id}`);
    }
  });

  test("damaged logs of profile bytes get a coded verdict", () => {
    const random = new Random(SEED + 1);
    for (let round = 0; round < 60; round++) {
      const log = honestLog("bytes", SEED + random.below(60));
      const frame = log.frames.find(({ thread }) => thread === 0);
      if (frame === undefined) continue;
      const bytes = encode("bytes", frame.entries);
      for (let i = 0; i < 8; i++)
        feed("bytes", mutate(random, bytes), false, `round ${round}.${i}`);
    }
  });

  test.each(["kv64", "bytes"] as const)("random bytes get a coded verdict, %s", (profile) => {
    const random = new Random(SEED + 2);
    for (let round = 0; round < 350; round++) {
      const log = random.bytes(1 + random.below(400));
      // Most random tags are refused at once: give the decoders behind them a chance.
      log[0] = random.below(8);
      if (log.length > 2) log[1] = random.below(3);
      feed(profile, log, false, `round ${round}`);
    }
  });
});
