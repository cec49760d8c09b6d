// SPDX-License-Identifier: Apache-2.0
import type { AggregateEvent, Aggregator, AggregatorOptions } from "@zeta/monitor/aggregator";
import { createAggregator } from "@zeta/monitor/aggregator";
import {
  createMonitorInstance,
  type MonitorInstance,
  type ThreadFactory,
} from "@zeta/monitor/instance";
import { createReferenceAggregator } from "@zeta/monitor/reference/aggregate";
import type { RuleId } from "@zeta/monitor/reference/rules";
import { createReferenceThread } from "@zeta/monitor/reference/thread";
import type { EncodedFrame, Shape } from "@zeta/monitor/test/support/run-log";
import { TEST_KEY } from "@zeta/monitor/test/support/run-log";
import type { EpochContribution, SlotView } from "@zeta/monitor/verdict";
import type { Profile } from "@zeta/protocol/profile";

/** A monitor that keeps what it handed to its aggregate since it was last asked. */
interface Watched {
  readonly instance: MonitorInstance;
  readonly news: (EpochContribution | AggregateEvent)[];
}

/** What both monitors refused or accepted, and where they first differed. */
export interface Comparison {
  /** Null: no difference. */
  readonly difference: string | null;
  /** The check that each frame was refused with, "ok" for none, and those that epochs did not pass. */
  readonly checks: readonly string[];
  readonly certified: number | null | "error";
}

/**
 * Feeds a log to both monitors, frame by frame (a frame may be a single entry), and compares after each: verdict, position, check, leaves,
 * clock, last verified epoch, open work, certified epoch, contributions and news of the aggregate, and all slots of the thread.
 */
export function compareMonitors(
  shape: Shape,
  frames: readonly EncodedFrame[],
  createWasm: ThreadFactory,
  disabled: readonly RuleId[] = [],
): Comparison {
  const ours = watch(shape, createWasm, createAggregator);
  const theirs = watch(
    shape,
    (options) => createReferenceThread(options, { disabled }),
    createReferenceAggregator,
  );
  const { profile } = shape;
  const checks: string[] = [];
  for (const [at, { thread, bytes }] of frames.entries()) {
    const seen = ours.instance.verifyLog(thread, bytes);
    const expected = theirs.instance.verifyLog(thread, bytes);
    checks.push(expected.check ?? "ok");
    const news = theirs.news.splice(0);
    checks.push(...news.flatMap(mismatchOf));
    const difference =
      differs(seen, expected) ??
      differs(progress(ours, thread, profile), progress(theirs, thread, profile)) ??
      differs(ours.news.splice(0), news) ??
      slotsDiffer(ours, theirs, thread, shape.slots);
    if (difference !== null) return found(`frame ${at}: ${difference}`, checks, theirs);
  }
  return found(null, checks, theirs);
}

function found(difference: string | null, checks: string[], { instance }: Watched): Comparison {
  return { difference, checks, certified: instance.maxCertifiedEpoch };
}

function watch(
  { valueMemoryBytes, ...shape }: Shape,
  createThread: ThreadFactory,
  createOne: (options: AggregatorOptions) => Aggregator,
): Watched {
  const news: Watched["news"] = [];
  const instance = createMonitorInstance({
    ...shape,
    ...(valueMemoryBytes !== undefined && { valueMemoryBytes }),
    setHashKey: TEST_KEY,
    createAggregator: createOne,
    createThread: (options) =>
      createThread({
        ...options,
        contribute: (share) => {
          news.push(copyOf(share));
          return options.contribute(share);
        },
      }),
    report: (event) => news.push(event),
  });
  return { instance, news };
}

function mismatchOf(news: EpochContribution | AggregateEvent): string[] {
  return "kind" in news && news.kind === "mismatch" ? [news.check] : [];
}

/** A contribution may be a view of memory that the thread reuses. */
function copyOf(share: EpochContribution): EpochContribution {
  const { add, evict, receiptsRoot } = share;
  return { ...share, add: add.slice(), evict: evict.slice(), receiptsRoot: receiptsRoot.slice() };
}

function progress({ instance }: Watched, number: number, profile: Profile): unknown {
  const thread = instance.threads[number];
  const max = instance.maxCertifiedEpoch;
  if (thread === undefined) return { max };
  const { clock, lastVerifiedEpoch, failed } = thread;
  // Profile `kv64` keeps what it has committed until its place is needed.
  const hasOpenWork = profile === "bytes" && thread.hasOpenWork;
  return { max, clock, lastVerifiedEpoch, failed, hasOpenWork };
}

/** The whole slot table of the thread that has just read a frame; no other thread can have changed. */
function slotsDiffer(ours: Watched, theirs: Watched, number: number, slots: number): string | null {
  const thread = ours.instance.threads[number];
  const other = theirs.instance.threads[number];
  if (thread === undefined || other === undefined) return null;
  for (let slot = 0; slot < slots; slot++) {
    const seen = thread.slot(slot);
    const expected = other.slot(slot);
    if (seen === expected || isSameSlot(seen, expected)) continue;
    return differs(seen, expected, `.slot ${slot}`);
  }
  return null;
}

/** The first place where two values of plain data differ, as text; null if they are equal. */
export function differs(seen: unknown, expected: unknown, path = ""): string | null {
  if (Object.is(seen, expected)) return null;
  if (seen instanceof Uint8Array && expected instanceof Uint8Array) {
    if (Buffer.compare(seen, expected) === 0) return null;
  } else if (isObject(seen) && isObject(expected)) {
    const keys = Object.keys(expected);
    if (Object.keys(seen).length === keys.length) {
      for (const key of keys) {
        const difference = differs(seen[key], expected[key], `${path}.${key}`);
        if (difference !== null) return difference;
      }
      return null;
    }
  }
  return `${path.slice(1)}: expected ${textOf(expected)}, got ${textOf(seen)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "bigint" ? `${part}n` : part,
  );
}

/** Equal in every field; only says so, quickly. */
function isSameSlot(a: SlotView | null, b: SlotView | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.depth === b.depth &&
    a.method === b.method &&
    a.children[0] === b.children[0] &&
    a.children[1] === b.children[1] &&
    a.parent?.slot === b.parent?.slot &&
    a.parent?.direction === b.parent?.direction &&
    Buffer.compare(a.key, b.key) === 0 &&
    Buffer.compare(a.value, b.value) === 0
  );
}
