// SPDX-License-Identifier: Apache-2.0
import { REJECTIONS } from "@zeta/monitor/test/attacks/rejections";
import { MONITORS, type Monitor } from "@zeta/monitor/test/support/monitors";
import { type Run, runLog } from "@zeta/monitor/test/support/run-log";
import { isSequentiallyConsistent } from "@zeta/monitor/test/support/sequential";
import { toHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";
import { casesOf, profileOf } from "../differential/cases.ts";
import { compareMonitors } from "../differential/compare.ts";
import { purseService } from "../sample-services.ts";
import { type CataloguedAttack, EQUIVALENT, patchesFor } from "./catalogue.ts";
import { monitorWith } from "./monitor-of.ts";
import {
  HONEST,
  type HonestCase,
  VALUE_AFTER_RACE,
  VALUE_BEFORE_RACE,
  VISIBLE,
  type VisibleCase,
  valueAfterRace,
} from "./own-logs.ts";
import { isCertified, refusalOf, runScript, visible } from "./runs.ts";

/** One row of the table: a mutant and what became of it. */
export interface MutantRow {
  readonly check: string;
  /** The rules that the mutant lacks. */
  readonly without: readonly string[];
  readonly profile: Profile;
  /** What the host does. */
  readonly log: string;
  /** The check by which the complete monitor stopped it; null: it is honest. */
  readonly caughtBy: string | null;
  /**
   * killed: the mutant certifies a lie, or fails an honest log. visible: it answers otherwise, but no forgery is known. equivalent: no log
   * tells it from the complete monitor.
   */
  readonly mutant: "killed" | "visible" | "equivalent";
  readonly reason: string | null;
  /** What is not as it must be; empty when the row holds. */
  readonly faults: readonly string[];
}

/** Drops the conditions that hold; the rest are faults. */
function faultsOf(expectations: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(expectations).filter((what) => expectations[what] !== true);
}

/** An attack: certified by the mutant, refused by the complete monitor, and by each mutant that lacks only some of the rules. */
export async function judgeAttack({ attack, without }: CataloguedAttack): Promise<MutantRow> {
  const { profile, script, refusedBy } = attack;
  const complete = runScript(MONITORS.wasm(profile), script, profile);
  const mutant = runScript(await monitorWith(profile, patchesFor(without)), script, profile);
  const alone =
    without.length === 1
      ? null
      : runScript(await monitorWith(profile, patchesFor(without.slice(0, 1))), script, profile);
  return {
    check: attack.id,
    without,
    profile,
    log: attack.title,
    caughtBy: refusalOf(complete),
    mutant: "killed",
    reason: without.length === 1 ? null : `without ${without[0]} alone, others stop it`,
    faults: faultsOf({
      "no sequential explanation": !isSequentiallyConsistent(script.history),
      "refused by the complete monitor": !isCertified(attack, complete),
      [`refused by ${refusedBy}, got ${refusalOf(complete)}`]: refusalOf(complete) === refusedBy,
      [`certified by the mutant, got ${refusalOf(mutant)}`]: isCertified(attack, mutant),
      "refused by the mutant that lacks one rule": alone === null || !isCertified(attack, alone),
    }),
  };
}

/** A rule that only honest hosts need: their log certifies with it and does not without. */
export async function judgeHonest(check: string, honest: HonestCase): Promise<MutantRow> {
  const { profile, script, title } = honest;
  const certifies = (run: Run) => {
    const leaves = run.results.map((result) => toHex(result.leaves)).join("");
    const claimed = script.history.map(({ leaf }) => toHex(leaf)).join("");
    return (
      run.results.every(({ verdict }) => verdict === "success") &&
      run.max !== null &&
      leaves === claimed
    );
  };
  const mutant = await monitorWith(profile, patchesFor([check]));
  return {
    check,
    without: [check],
    profile,
    log: `honest: ${title}`,
    caughtBy: null,
    mutant: "killed",
    reason: "an honest log fails on the mutant",
    faults: faultsOf({
      "certified by the complete monitor": certifies(
        runScript(MONITORS.wasm(profile), script, profile),
      ),
      "not certified by the mutant": !certifies(runScript(mutant, script, profile)),
    }),
  };
}

/** The rejection tests of a rule: the mutant answers otherwise, yet nothing can be gained by it. */
export async function judgeRejections(check: string): Promise<MutantRow> {
  const shape = {
    profile: "bytes",
    keyHash: "identity",
    threads: 1,
    slots: 16,
    valueMemoryBytes: 128,
  } as const;
  const mutant = await monitorWith("bytes", patchesFor([check]));
  const logs = REJECTIONS.filter(({ id }) => id === check);
  const [first] = logs;
  const answers = logs.map(({ frame }) => {
    const frames = [{ thread: 0, bytes: Uint8Array.from([...frame, 0x05]) }];
    const complete = runLog(MONITORS.wasm("bytes"), shape, frames);
    return {
      complete,
      differs: tryVisible(mutant, (m) => runLog(m, shape, frames)) !== visible(complete),
    };
  });
  return {
    check,
    without: [check],
    profile: "bytes",
    log: first?.title ?? "",
    caughtBy: first?.check ?? null,
    mutant: "visible",
    reason: EQUIVALENT[check] ?? null,
    faults: faultsOf({
      "a rejection test": logs.length > 0,
      "refused by the complete monitor": logs.every(
        ({ check: expected }, i) => answers[i]?.complete.results[0]?.check === expected,
      ),
      "not so by the mutant": answers.some(({ differs }) => differs),
      "a reason why nothing is gained": check in EQUIVALENT,
    }),
  };
}

/** A log that is refused, and on which the mutant answers otherwise. */
export async function judgeVisible(check: string, visibleCase: VisibleCase): Promise<MutantRow> {
  const { profile, script, title, refusedBy } = visibleCase;
  const mutant = await monitorWith(profile, patchesFor([check]));
  const complete = runScript(MONITORS.wasm(profile), script, profile);
  const answer = tryVisible(mutant, (monitor) => runScript(monitor, script, profile));
  return {
    check,
    without: [check],
    profile,
    log: title,
    caughtBy: refusalOf(complete),
    mutant: "visible",
    reason: EQUIVALENT[check] ?? null,
    faults: faultsOf({
      [`refused by ${refusedBy}`]: refusalOf(complete) === refusedBy,
      "not so by the mutant": answer !== visible(complete),
      "a reason why nothing is gained": check in EQUIVALENT,
    }),
  };
}

/** What is seen of a run; a mutant may also crash. */
function tryVisible(monitor: Monitor, run: (monitor: Monitor) => Run): string {
  try {
    return visible(run(monitor));
  } catch (error) {
    return `crash: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const SEEDS_WITHOUT_DIFFERENCE = 60;

/** A check that no log reaches: the mutant and the reference agree on logs of every kind. */
export async function judgeUnreachable(check: string): Promise<MutantRow> {
  const mutants = {
    bytes: await monitorWith("bytes", patchesFor([check])),
    kv64: await monitorWith("kv64", patchesFor([check])),
  };
  const service = await purseService();
  let differences = 0;
  for (let seed = 1; seed <= SEEDS_WITHOUT_DIFFERENCE; seed++) {
    const { createThread } = mutants[profileOf(seed)];
    for (const { shape, frames } of casesOf(seed, service)) {
      const { difference } = compareMonitors(shape, frames, createThread);
      if (difference !== null) differences++;
    }
  }
  return {
    check,
    without: [check],
    profile: "bytes",
    log: `no log reaches it; ${SEEDS_WITHOUT_DIFFERENCE} seeds of the differential run`,
    caughtBy: null,
    mutant: "equivalent",
    reason: EQUIVALENT[check] ?? null,
    faults: faultsOf({
      "no difference": differences === 0,
      "a reason why nothing is gained": check in EQUIVALENT,
    }),
  };
}

/** D.fetch: the loader that reads the host's bytes again executes bytes that nobody checked. */
export async function judgeDoubleFetch(): Promise<MutantRow> {
  const mutant = await monitorWith("kv64", patchesFor(["D.fetch"]));
  return {
    check: "D.fetch",
    without: ["D.fetch"],
    profile: "kv64",
    log: "the host changes a byte while the monitor waits for the aggregate",
    caughtBy: "D.fetch",
    mutant: "killed",
    reason: null,
    faults: faultsOf({
      "harmless to the complete monitor":
        valueAfterRace(MONITORS.wasm("kv64")) === VALUE_BEFORE_RACE,
      "executed by the mutant": valueAfterRace(mutant) === VALUE_AFTER_RACE,
    }),
  };
}

/** Judges a rule by its ID alone: what kind of evidence there is decides how. */
export function judgeRule(check: string): Promise<MutantRow> {
  if (check === "D.fetch") return judgeDoubleFetch();
  const honest = HONEST[check];
  if (honest !== undefined) return judgeHonest(check, honest);
  const seen = VISIBLE[check];
  if (seen !== undefined) return judgeVisible(check, seen);
  return REJECTIONS.some(({ id }) => id === check)
    ? judgeRejections(check)
    : judgeUnreachable(check);
}
