// SPDX-License-Identifier: Apache-2.0
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { Descriptor, MerkleValue, ZetaRecord } from "@zeta/protocol/record";
import type { Timestamp } from "@zeta/protocol/timestamp";
import { encodeFrame, type TestLog } from "./honest-log.ts";
import { recordKeyOf } from "./mirror.ts";
import type { Random } from "./random.ts";
import type { EncodedFrame } from "./run-log.ts";

type Frames = { thread: number; entries: LogEntry[] }[];

/** The log as bytes, after one or two lies about its entries. */
export function mutateEntries(log: TestLog, random: Random): EncodedFrame[] {
  const frames: Frames = log.frames.map(({ thread, entries }) => ({
    thread,
    entries: [...entries],
  }));
  for (let i = 1 + random.below(2); i > 0; i--) random.pick(MUTATIONS)(frames, random, log);
  return encodeFrames(frames, log);
}

/** The log as bytes, with one of its frames damaged. */
export function mutateBytes(log: TestLog, random: Random): EncodedFrame[] {
  const frames = encodeFrames(log.frames, log);
  const at = random.below(frames.length);
  return frames.map((frame, i) =>
    i === at ? { ...frame, bytes: damage(frame.bytes, random) } : frame,
  );
}

/**
 * Entries that make little sense, over few slots, keys and times, so that some of them meet;
 * sometimes plain noise.
 */
export function garbage(shape: Omit<TestLog, "frames" | "epochs">, random: Random): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  for (let i = 1 + random.below(4); i > 0; i--) {
    const thread = random.below(shape.threads + 1);
    const entries = Array.from({ length: 1 + random.below(8) }, () => anyEntry(random, shape));
    const noise = random.oneIn(4);
    const bytes = noise ? random.bytes(1 + random.below(60)) : encodeFrame(entries, shape.profile);
    frames.push({ thread, bytes });
  }
  return frames;
}

export function encodeFrames(frames: TestLog["frames"], log: TestLog): EncodedFrame[] {
  return frames.map(({ thread, entries }) => ({
    thread,
    bytes: encodeFrame(entries, log.profile),
  }));
}

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      return bytes.with(at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return bytes.slice(0, at);
    case 2:
      return Uint8Array.from([...bytes.slice(0, at), random.below(256), ...bytes.slice(at)]);
    default:
      return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
  }
}

type Mutation = (frames: Frames, random: Random, log: TestLog) => void;

/** A random entry's place, and what stands there. */
function anywhere(frames: Frames, random: Random) {
  const frame = random.pick(frames.filter(({ entries }) => entries.length > 0));
  const at = random.below(frame.entries.length);
  const entry = frame.entries[at];
  if (entry === undefined) throw new Error("expected an entry");
  return { frame, at, entry };
}

const MUTATIONS: readonly Mutation[] = [
  (frames, random) => {
    const { frame, at } = anywhere(frames, random);
    if (frame.entries.length > 1) frame.entries.splice(at, 1);
  },
  (frames, random) => {
    const { frame, at, entry } = anywhere(frames, random);
    frame.entries.splice(at, 0, entry);
  },
  (frames, random) => {
    const { frame, at, entry } = anywhere(frames, random);
    const next = frame.entries[at + 1];
    if (next !== undefined) frame.entries.splice(at, 2, next, entry);
  },
  (frames, random, log) => {
    const { entry } = anywhere(frames, random);
    frames.splice(random.below(frames.length), 0, {
      thread: random.below(log.threads),
      entries: [entry],
    });
  },
  (frames, random, log) => {
    const { frame } = anywhere(frames, random);
    frames.splice(random.below(frames.length), 0, {
      thread: random.oneIn(2) ? frame.thread : random.below(log.threads),
      entries: [...frame.entries],
    });
  },
  (frames, random) => {
    const { frame, at } = anywhere(frames, random);
    frame.entries.splice(at, 0, { type: random.oneIn(2) ? "NextEpoch" : "VerifyEpoch" });
  },
  ...Array.from(
    { length: 8 },
    (): Mutation => (frames, random, log) => {
      const { frame, at, entry } = anywhere(frames, random);
      frame.entries[at] = tweak(entry, random, log);
    },
  ),
];

/** The entry with one of its fields changed. */
function tweak(entry: LogEntry, random: Random, log: TestLog): LogEntry {
  if (entry.type === "RunApp") return tweakCall(entry, random);
  const fields = Object.keys(entry).filter((name) => name !== "type");
  if (fields.length === 0) return entry;
  const field = random.pick(fields);
  if (field === "record" && "record" in entry) {
    return { ...entry, record: tweakRecord(entry.record, random, log) };
  }
  if (field === "time" && "time" in entry) return { ...entry, time: tweakTime(entry.time, random) };
  const number = entry[field as keyof LogEntry] as unknown as number;
  return { ...entry, [field]: tweakNumber(number, random, log.slots) } as LogEntry;
}

function tweakNumber(number: number, random: Random, slots: number): number {
  return random.pick([
    (number + 1) & 0xffff,
    Math.max(0, number - 1),
    random.below(slots),
    slots,
    65535,
    0,
  ]);
}

function tweakTime({ epoch, counter }: Timestamp, random: Random): Timestamp {
  const far = random.pick([1, 2, 32, 63, 64, 65, 2 ** 31]);
  return random.pick([
    { epoch, counter: counter + 1 },
    { epoch, counter: Math.max(0, counter - 1) },
    { epoch, counter: 0xffff_ffff },
    { epoch: epoch + far, counter },
    { epoch: Math.max(0, epoch - 1), counter },
    { epoch: 0xffff_ffff, counter: 0xffff_ffff },
  ]);
}

function tweakRecord(record: ZetaRecord, random: Random, { profile }: TestLog): ZetaRecord {
  if (record.kind === "app") {
    const key = random.oneIn(2) ? record.key : anyKey(profile, random);
    return { kind: "app", key, value: random.oneIn(3) ? null : random.bytes(8) };
  }
  const [left, right] = record.value;
  const value: MerkleValue = random.pick<() => MerkleValue>([
    () => [right, left],
    () => [null, right],
    () => [left, null],
    () => [tweakDescriptor(left, random), right],
    () => [left, tweakDescriptor(right, random)],
  ])();
  return { ...record, value };
}

function tweakDescriptor(descriptor: Descriptor | null, random: Random): Descriptor | null {
  if (descriptor === null) return null;
  if (random.oneIn(2)) return { ...descriptor, inDeferred: !descriptor.inDeferred };
  const bit = random.below(256);
  const byte = (descriptor.hash[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { ...descriptor, hash: descriptor.hash.with(bit >> 3, byte) };
}

function tweakCall(entry: Extract<LogEntry, { type: "RunApp" }>, random: Random): LogEntry {
  const { payload } = entry;
  if (random.oneIn(4)) return { ...entry, function: random.below(6) };
  if (payload.length === 0) return { ...entry, payload: random.bytes(3) };
  return { ...entry, payload: damage(payload, random) };
}

function anyKey(profile: TestLog["profile"], random: Random): Uint8Array {
  const small = random.below(6);
  return recordKeyOf(profile, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, small));
}

function anyRecord(random: Random, profile: TestLog["profile"]): ZetaRecord {
  if (random.oneIn(2)) {
    const value = random.oneIn(2) ? null : random.bytes(8);
    return { kind: "app", key: anyKey(profile, random), value };
  }
  const depth = random.below(5);
  const bits = new Uint8Array(32);
  // Sometimes with bits beyond the depth, which no canonical key has.
  bits[31] = random.oneIn(8) ? random.below(32) : random.below(2 ** depth);
  return { kind: "internal", key: { depth, bits }, value: [null, null] };
}

function anyEntry(
  random: Random,
  { profile, slots }: Omit<TestLog, "frames" | "epochs">,
): LogEntry {
  const slot = random.oneIn(12) ? slots : random.below(4);
  const parent = random.oneIn(2) ? 0 : random.below(4);
  const time = { epoch: random.oneIn(6) ? random.below(140) : 0, counter: random.below(6) };
  switch (random.below(9)) {
    case 0:
    case 1:
      return { type: "AddM", record: anyRecord(random, profile), slot, parent };
    case 2:
    case 3:
      return { type: "AddB", record: anyRecord(random, profile), slot, time, thread: 0 };
    case 4:
      return { type: "EvictM", slot, parent };
    case 5:
      return { type: "EvictB", slot, time };
    case 6:
      return { type: "EvictBM", slot, parent, time };
    case 7:
      return { type: random.oneIn(2) ? "NextEpoch" : "VerifyEpoch" };
    default:
      return { type: "RunApp", function: random.below(5), payload: random.bytes(random.below(24)) };
  }
}
