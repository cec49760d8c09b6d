// SPDX-License-Identifier: Apache-2.0
import { encodeArgument } from "@zeta/app/encode-argument";
import type { Program } from "@zeta/app/program";
import { runCall } from "@zeta/app/run-call";
import type { TestLog } from "@zeta/monitor/test/support/honest-log";
import { Host } from "@zeta/monitor/test/support/host-model";
import { MONITORS, type Monitor } from "@zeta/monitor/test/support/monitors";
import { encodeFrames } from "@zeta/monitor/test/support/mutate";
import { Random } from "@zeta/monitor/test/support/random";
import { type EncodedFrame, type Run, runLog } from "@zeta/monitor/test/support/run-log";
import { encodeCall } from "@zeta/protocol/call";
import { keyDigest } from "@zeta/protocol/digest";
import { isZetaError } from "@zeta/protocol/error";
import type { LogEntry } from "@zeta/protocol/log-entry";
import { purseService } from "../sample-services.ts";
import { patchesFor } from "./catalogue.ts";
import type { MutantRow } from "./judge.ts";
import { monitorWith } from "./monitor-of.ts";

const SHAPE = { profile: "bytes", keyHash: "identity", threads: 1, slots: 40 } as const;
const COINS = 50;
const MADE = 9;

/**
 * R.distinct: a transfer from a purse to itself with its slot given twice. What the function gives is written last, so coins come from
 * nowhere; then they are spent. No order explains that: the service refuses such a transfer, and nobody filled in so many coins.
 */
export async function judgeSlotTwice(): Promise<MutantRow> {
  const service = await purseService();
  const complete = run(MONITORS.wasm("bytes"), service);
  const mutant = run(await monitorWith("bytes", patchesFor(["R.distinct"])), service);
  const caughtBy = complete.results.at(-1)?.check ?? null;
  const faults = {
    "no sequential explanation": isRefused(service, { from: "ann", to: "ann", coins: MADE }),
    [`refused by R.distinct, got ${caughtBy}`]: caughtBy === "R.distinct",
    "not certified by the complete monitor": complete.max === null,
    "certified by the mutant": mutant.max === 0,
  };
  return {
    ...{ check: "R.distinct", without: ["R.distinct"], profile: "bytes", mutant: "killed" },
    log: "a service's transfer with one slot twice",
    caughtBy,
    reason: null,
    faults: Object.entries(faults).flatMap(([what, holds]) => (holds ? [] : [what])),
  };
}

/** One epoch: two purses with coins, the transfer to itself, then one of all the coins that there now are. */
function run(monitor: Monitor, service: Program): Run {
  const host = new Host({ ...SHAPE, random: new Random(7) });
  const [ann = 0, bob = 0] = ["ann", "bob"].map((name) => fill(host, service, name));
  const frames = encode(host.finish());
  const calls = [
    move(service, { from: "ann", to: "ann", coins: MADE }, [ann, ann]),
    move(service, { from: "ann", to: "bob", coins: COINS + MADE }, [ann, bob]),
  ];
  const close: LogEntry[] = [{ type: "NextEpoch" }, { type: "VerifyEpoch" }];
  const lie = encode([{ thread: 0, entries: [...calls, ...close] }]);
  return runLog(monitor, { ...SHAPE, service, valueMemoryBytes: 32 << 10 }, [...frames, ...lie]);
}

function encode(frames: TestLog["frames"]): EncodedFrame[] {
  return encodeFrames(frames, { ...SHAPE, frames, epochs: 1 });
}

function fill(host: Host, service: Program, name: string): number {
  const operation = service.operation("fill");
  const argument = encodeArgument(operation, { name, coins: COINS, note: "" });
  const call = runCall(service, operation.number, argument);
  const found = host.accessAll(0, call.keys.map(keyDigest));
  const slots = found.map(({ slot }) => slot);
  const { values } = call.apply(found.map(({ value }) => value));
  const payload = encodeCall({ requestId: null, slots, argument });
  host.runAll(0, slots, operation.number, payload, values);
  return slots[0] ?? 0;
}

function move(service: Program, args: object, slots: readonly number[]): LogEntry {
  const operation = service.operation("move");
  const argument = encodeArgument(operation, args);
  const payload = encodeCall({ requestId: null, slots, argument });
  return { type: "RunApp", function: operation.number, payload };
}

/** Does an honest store refuse this call, whatever the records are? */
function isRefused(service: Program, args: object): boolean {
  const operation = service.operation("move");
  try {
    runCall(service, operation.number, encodeArgument(operation, args));
    return false;
  } catch (error) {
    return isZetaError(error) && String(error.code) === "duplicate_record";
  }
}
