// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { RuleId } from "../reference/rules.ts";
import type { Attack } from "./attacks/attack.ts";
import { AGGREGATE_ATTACKS, CALL_ATTACKS, DEFERRED_ATTACKS } from "./attacks/deferred-attacks.ts";
import { MERKLE_ATTACKS } from "./attacks/merkle-attacks.ts";
import { encodeFrame } from "./support/honest-log.ts";
import { MONITORS, type Monitor, referenceWithout } from "./support/monitors.ts";
import { type Run, runLog } from "./support/run-log.ts";
import { isSequentiallyConsistent } from "./support/sequential.ts";

const ATTACKS = [...MERKLE_ATTACKS, ...DEFERRED_ATTACKS, ...AGGREGATE_ATTACKS, ...CALL_ATTACKS];

function run(monitor: Monitor, { profile, script }: Attack): Run {
  const shape = { profile, keyHash: "identity", threads: script.threads, slots: 16 } as const;
  const frames = script.frames.map(({ thread, entries }) => ({
    thread,
    bytes: encodeFrame(entries, profile),
  }));
  return runLog(monitor, shape, frames);
}

/**
 * The epoch that a successful attack gets certified: the last one that the log closes on thread 0.
 */
function lastEpoch({ script }: Attack): number {
  const entries = script.frames.filter(({ thread }) => thread === 0).flatMap((f) => f.entries);
  return entries.filter(({ type }) => type === "VerifyEpoch").length - 1;
}

/** The leaves that a monitor made, and those that prove what the clients were told. */
function leavesOf({ results }: Run): string[] {
  return results.map(({ leaves }) => Buffer.from(leaves).toString("hex"));
}

function claimedLeaves({ script }: Attack): string {
  return script.history.map(({ leaf }) => Buffer.from(leaf).toString("hex")).join("");
}

/** The check that a complete monitor names, or "open" if no epoch was completed. */
function refusal({ results, events }: Run): string {
  const entry = results.find(({ check }) => check !== null && check !== "F.sticky")?.check;
  const mismatch = events.find(({ kind }) => kind === "mismatch");
  return entry ?? (mismatch?.kind === "mismatch" ? mismatch.check : "open");
}

describe.each(ATTACKS)("$id: $title", (attack) => {
  const disabled: readonly RuleId[] = [attack.id, ...(attack.also ?? [])];

  test("what the clients are told has no sequential explanation", () => {
    expect(isSequentiallyConsistent(attack.script.history)).toBe(false);
  });

  test("without the rule the lie is certified", () => {
    const weakened = run(referenceWithout(disabled), attack);
    expect(weakened.results.map(({ verdict, check }) => check ?? verdict)).toEqual(
      weakened.results.map(() => "success"),
    );
    expect(weakened.max).toBe(lastEpoch(attack));
    expect(leavesOf(weakened).join("")).toBe(claimedLeaves(attack));
  });

  test.each(["wasm", "reference"] as const)("the complete %s monitor refuses it", (name) => {
    const complete = run(MONITORS[name](attack.profile), attack);
    expect(complete.max).not.toBe(lastEpoch(attack));
    expect(refusal(complete)).toBe(attack.refusedBy);
  });
});

describe.each(ATTACKS.filter(({ also }) => also))("$id: $title", (attack) => {
  test("without this rule alone, another one stops it", () => {
    const { max } = run(referenceWithout([attack.id]), attack);
    expect(max).not.toBe(lastEpoch(attack));
  });
});
