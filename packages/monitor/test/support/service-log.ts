// SPDX-License-Identifier: Apache-2.0
import { encodeArgument } from "@zeta/app/encode-argument";
import type { Program } from "@zeta/app/program";
import { type RunningCall, runCall } from "@zeta/app/run-call";
import { decodeCall, encodeCall } from "@zeta/protocol/call";
import { keyDigest } from "@zeta/protocol/digest";
import { isZetaError } from "@zeta/protocol/error";
import type { LogEntry } from "@zeta/protocol/log-entry";
import type { LogSize, TestLog } from "./honest-log.ts";
import { Host } from "./host-model.ts";
import { encodeFrames } from "./mutate.ts";
import { Random } from "./random.ts";
import type { EncodedFrame } from "./run-log.ts";

const NAMES = ["ann", "bob", "cleo", "dan", "eve", "flo"];
/** Notes around the size of a memory cell, and one of several hash chunks. */
const NOTE_LENGTHS = [0, 1, 20, 52, 53, 54, 200, 3000];

/** Slots beyond the 20 that paths to five records may need. */
export type ServiceLogSize = Omit<LogSize, "keys">;

const USUAL_SIZE: ServiceLogSize = { slots: 20, work: 30, epochs: 3 };

/** An honest log of the purse service from a seed: calls on one to five records, on one to three threads. */
export function honestServiceLog(
  program: Program,
  seed: number,
  size: ServiceLogSize = USUAL_SIZE,
): TestLog {
  const random = new Random(seed);
  const shape = {
    ...({ profile: "bytes", keyHash: "identity" } as const),
    threads: 1 + random.below(3),
    slots: 20 + random.below(size.slots),
  };
  const host = new Host({ ...shape, random });
  const work = (thread: number) => {
    if (random.oneIn(5)) host.evictSomething(thread);
    else runOnHost(host, program, random, thread);
  };
  const epochs = 1 + random.below(size.epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = random.below(size.work); i > 0; i--) work(random.below(shape.threads));
    host.closeEpoch(work);
  }
  return { ...shape, frames: host.finish(), epochs };
}

/** One call, unless the service refuses it: then an honest host logs nothing of it. */
function runOnHost(host: Host, program: Program, random: Random, thread: number): void {
  const { name, args } = anyCall(random);
  const operation = program.operation(name);
  const argument = encodeArgument(operation, args);
  const call = preparedOrNull(() => runCall(program, operation.number, argument));
  if (call === null) return;
  const found = host.accessAll(thread, call.keys.map(keyDigest));
  const outcome = preparedOrNull(() => call.apply(found.map(({ value }) => value)));
  if (outcome === null) return;
  const slots = found.map(({ slot }) => slot);
  const requestId = random.oneIn(3) ? null : random.bytes(16);
  const payload = encodeCall({ requestId, slots, argument });
  host.runAll(thread, slots, operation.number, payload, outcome.values);
}

function preparedOrNull<T extends RunningCall | ReturnType<RunningCall["apply"]>>(
  work: () => T,
): T | null {
  try {
    return work();
  } catch (error) {
    if (!isZetaError(error)) throw error;
    return null;
  }
}

function anyCall(random: Random): { name: string; args: object } {
  const name = random.pick(NAMES);
  switch (random.below(5)) {
    case 0:
    case 1: {
      const note = "n".repeat(random.pick(NOTE_LENGTHS));
      return { name: "fill", args: { name, coins: random.below(100), note } };
    }
    case 2: {
      const move = { from: name, to: random.pick(NAMES), coins: 1 + random.below(60) };
      return { name: "move", args: move };
    }
    case 3:
      return {
        name: "count",
        args: { names: random.shuffled(NAMES).slice(0, 1 + random.below(5)) },
      };
    default:
      return { name: "burn", args: { name } };
  }
}

/** One lie about one call: its function, its slots or its argument. */
export function mutateCall(log: TestLog, random: Random): EncodedFrame[] {
  const frames = log.frames.map(({ thread, entries }) => ({ thread, entries: [...entries] }));
  const calls = frames.flatMap(({ entries }) =>
    entries.flatMap((entry, i) => (entry.type === "RunApp" ? [{ entries, entry, i }] : [])),
  );
  if (calls.length > 0) {
    const { entries, entry, i } = random.pick(calls);
    entries[i] = lieAbout(entry, random, log.slots);
  }
  return encodeFrames(frames, log);
}

function lieAbout(
  entry: Extract<LogEntry, { type: "RunApp" }>,
  random: Random,
  slots: number,
): LogEntry {
  const call = decodeCall(entry.payload);
  const changed = () => {
    switch (random.below(6)) {
      case 0:
        return { ...call, slots: [...call.slots].reverse() };
      case 1:
        return { ...call, slots: call.slots.map(() => random.below(slots)) };
      case 2:
      case 5:
        return { ...call, slots: call.slots.map(() => call.slots[0] ?? 0) };
      case 3:
        return { ...call, slots: random.oneIn(2) ? call.slots.slice(1) : [...call.slots, 0] };
      default:
        return {
          ...call,
          argument: call.argument.slice(0, random.below(call.argument.length + 1)),
        };
    }
  };
  if (random.oneIn(3)) return { ...entry, function: random.below(6) };
  return { ...entry, payload: encodeCall(changed()) };
}
