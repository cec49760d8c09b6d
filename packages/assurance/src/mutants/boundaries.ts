// SPDX-License-Identifier: Apache-2.0
import { encodeFrame } from "@zeta/monitor/test/support/honest-log";
import { runLog } from "@zeta/monitor/test/support/run-log";
import { app, type Pen, Script } from "@zeta/monitor/test/support/script";
import type { Patch } from "../monitors/wasm-build.ts";
import { EQUIVALENT, patchesFor } from "./catalogue.ts";
import type { MutantRow } from "./judge.ts";
import { monitorWith } from "./monitor-of.ts";
import { source } from "./rules/rule.ts";

/** A counter too wide for any test, made narrow in a build of its own: at n all is well, at n + 1 the check refuses. */
interface Boundary {
  readonly check: string;
  readonly title: string;
  /** Makes the limit n. */
  readonly shrink: Patch;
  readonly n: number;
  /** Writes `times` things that the counter counts. */
  readonly write: (pen: Pen, times: number) => void;
}

const profile = source("assembly/profile.ts");

/** `times` adds of different times, each into a slot of its own. */
function adds(pen: Pen, times: number): void {
  for (let i = 1; i <= times; i++) pen.addB(app("A", null), i, [0, i], 0);
}

/** `times` evicts, each of a record that comes back at once. */
function evicts(pen: Pen, times: number): void {
  pen.addM(app("A", null), 1, 0).evictBM(1, 0, [0, 1]);
  for (let i = 1; i < times; i++) {
    pen.addB(app("A", null), 1, [0, 2 * i - 1], 0).evictB(1, [0, 2 * i + 1]);
  }
}

function receipts(pen: Pen, times: number): void {
  pen.addM(app("A", null), 1, 0);
  for (let i = 0; i < times; i++) pen.get("A", 1, null);
}

/** An add whose time is `counter`: the clock would have to become one more. */
function addAt(pen: Pen, counter: number): void {
  pen.addB(app("A", null), 1, [0, counter], 0);
}

const elements = profile.change("BYTES ? u64.MAX_VALUE : 0xffffffff", "5");

const BOUNDARIES: readonly Boundary[] = [
  { check: "H.count", title: "adds of an epoch", shrink: elements, n: 5, write: adds },
  { check: "H.count", title: "evicts of an epoch", shrink: elements, n: 5, write: evicts },
  {
    check: "H.count",
    title: "receipts of an epoch",
    shrink: source("assembly/receipts.ts").change("(<u64>1 << 40) - 1", "5"),
    n: 5,
    write: receipts,
  },
  {
    check: "C.ovf",
    title: "the counter of a timestamp",
    shrink: source("assembly/state.ts").change(
      "COUNTER_MAX: u32 = 0xffffffff",
      "COUNTER_MAX: u32 = 6",
    ),
    n: 5,
    write: addAt,
  },
  {
    check: "C.ovf",
    title: "the number of an epoch",
    shrink: source("assembly/state.ts").change("EPOCH_MAX: u32 = 0xffffffff", "EPOCH_MAX: u32 = 5"),
    n: 5,
    write: (pen, times) => {
      for (let i = 0; i < times; i++) pen.nextEpoch();
    },
  },
];

/** The rules that {@link boundaries} shows. */
export const BOUNDED: ReadonlySet<string> = new Set(BOUNDARIES.map(({ check }) => check));

/** Each counter at its limit and one beyond it, with the check and without. */
export async function boundaries(): Promise<MutantRow[]> {
  const rows: MutantRow[] = [];
  for (const boundary of BOUNDARIES) rows.push(await judge(boundary));
  return rows;
}

async function judge({ check, title, shrink, n, write }: Boundary): Promise<MutantRow> {
  const complete = await refusals([shrink], write, n);
  const mutant = await refusals([shrink, ...patchesFor([check])], write, n);
  const expectations = {
    [`${n} accepted`]: complete.at === null,
    [`${n + 1} refused by ${check}, got ${complete.beyond}`]: complete.beyond === check,
    [`${n + 1} accepted by the mutant`]: mutant.beyond === null,
  };
  return {
    check,
    without: [check],
    profile: "bytes",
    log: `${title}, in a build that counts to ${n}: ${n} and ${n + 1}`,
    caughtBy: complete.beyond,
    mutant: "visible",
    reason: EQUIVALENT[check] ?? "the boundary of the check that the attacks above show",
    faults: Object.entries(expectations).flatMap(([what, holds]) => (holds ? [] : [what])),
  };
}

/** The check that refuses n things, and n + 1; null: none. */
async function refusals(patches: readonly Patch[], write: Boundary["write"], n: number) {
  const monitor = await monitorWith("bytes", patches);
  const [at, beyond] = [n, n + 1].map((times) => {
    const script = new Script();
    write(script.on(0), times);
    const shape = { profile: "bytes", keyHash: "identity", threads: 1, slots: 16 } as const;
    const bytes = encodeFrame(script.frames[0]?.entries ?? [], "bytes");
    return runLog(monitor, shape, [{ thread: 0, bytes }]).results[0]?.check ?? null;
  });
  return { at: at ?? null, beyond: beyond ?? null };
}
