// SPDX-License-Identifier: Apache-2.0
import type { Program } from "@zeta/app/program";
import { honestLog, SMALL_SIZE, type TestLog } from "@zeta/monitor/test/support/honest-log";
import {
  encodeFrames,
  garbage,
  mutateBytes,
  mutateEntries,
} from "@zeta/monitor/test/support/mutate";
import { Random } from "@zeta/monitor/test/support/random";
import type { EncodedFrame, Shape } from "@zeta/monitor/test/support/run-log";
import { honestServiceLog, mutateCall } from "@zeta/monitor/test/support/service-log";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { isZetaError } from "@zeta/protocol/error";
import { readLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";

type LogKind = "valid" | "mutated" | "garbage";

/** The logs of one seed, each of them a whole life of an instance. */
export interface Case {
  readonly kind: LogKind;
  readonly shape: Shape;
  readonly frames: readonly EncodedFrame[];
}

const MUTATED_LOGS = 6;
const GARBAGE_LOGS = 1;
/** Logs that one seed stands for. */
export const LOGS_PER_SEED = 1 + MUTATED_LOGS + GARBAGE_LOGS;

/** Every so many seeds a log of the usual size. */
const LARGE_EVERY = 100;
/** Every so many seeds a log of a service in TypeScript; those are of profile `bytes`, which even seeds are. */
const SERVICE_EVERY = 16;
const SMALL_SERVICE_SIZE = { slots: 3, work: 8, epochs: 2 };

/** Small enough that some logs run out of memory for values. */
const SMALL_MEMORY_BYTES = 2 << 10;
const LARGE_MEMORY_BYTES = 8 << 10;
/** Notes of purses are longer than most values. */
const SERVICE_MEMORY_BYTES = 16 << 10;

/** Even seeds are of profile `bytes`, odd ones of `kv64`. */
export function profileOf(seed: number): Profile {
  return seed % 2 === 0 ? "bytes" : "kv64";
}

export function* casesOf(seed: number, service: Program): Generator<Case> {
  const { log, shape, mutations } = honestOf(seed, service);
  const random = new Random(seed);
  yield { kind: "valid", shape, frames: cutFrames(encodeFrames(log.frames, log), log.profile) };
  for (let i = 0; i < MUTATED_LOGS; i++) {
    const frames = random.pick(mutations)(log, random);
    yield { kind: "mutated", shape, frames: mostlyCut(frames, log.profile, random) };
  }
  for (let i = 0; i < GARBAGE_LOGS; i++) {
    const noise = { ...shape, threads: 1 + random.below(4), slots: 4 + random.below(4) };
    const frames = mostlyCut(garbage(noise, random), log.profile, random);
    yield { kind: "garbage", shape: noise, frames };
  }
}

interface Honest {
  readonly log: TestLog;
  readonly shape: Shape;
  readonly mutations: readonly ((log: TestLog, random: Random) => EncodedFrame[])[];
}

function honestOf(seed: number, service: Program): Honest {
  const isLarge = seed % LARGE_EVERY < 2;
  if (seed % SERVICE_EVERY === 0) {
    const log = honestServiceLog(service, seed, isLarge ? undefined : SMALL_SERVICE_SIZE);
    const shape = { ...shapeOf(log), service, valueMemoryBytes: SERVICE_MEMORY_BYTES };
    return { log, shape, mutations: [mutateCall, mutateEntries, mutateBytes] };
  }
  const log = honestLog(profileOf(seed), seed, isLarge ? undefined : SMALL_SIZE);
  const valueMemoryBytes = isLarge ? LARGE_MEMORY_BYTES : SMALL_MEMORY_BYTES;
  const mutations = [mutateEntries, mutateEntries, mutateEntries, mutateBytes];
  return { log, shape: { ...shapeOf(log), valueMemoryBytes }, mutations };
}

function shapeOf({ profile, keyHash, threads, slots }: TestLog): Shape {
  return { profile, keyHash, threads, slots };
}

/** Frames of one entry compare the state after each; longer ones, one log in four, how a frame ends in the middle. */
function mostlyCut(
  frames: readonly EncodedFrame[],
  profile: Profile,
  random: Random,
): readonly EncodedFrame[] {
  return random.oneIn(4) ? frames : cutFrames(frames, profile);
}

/** One frame for each entry; what cannot be read as entries stays in one piece. */
export function cutFrames(frames: readonly EncodedFrame[], profile: Profile): EncodedFrame[] {
  return frames.flatMap(({ thread, bytes }) =>
    cut(bytes, profile).map((entry) => ({ thread, bytes: entry })),
  );
}

function cut(bytes: Uint8Array, profile: Profile): Uint8Array[] {
  const reader = new ByteReader(bytes);
  const entries: Uint8Array[] = [];
  let start = 0;
  try {
    while (reader.remaining > 0) {
      readLogEntry(reader, profile);
      entries.push(bytes.subarray(start, reader.offset));
      start = reader.offset;
    }
  } catch (error) {
    if (!isZetaError(error)) throw error;
    entries.push(bytes.subarray(start));
  }
  return entries;
}
