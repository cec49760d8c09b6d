// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "@zeta/monitor/test/attacks/attack";
import { encodeFrame } from "@zeta/monitor/test/support/honest-log";
import type { Monitor } from "@zeta/monitor/test/support/monitors";
import { type Run, runLog } from "@zeta/monitor/test/support/run-log";
import type { Script } from "@zeta/monitor/test/support/script";
import { toHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";

const SLOTS = 16;

/** Feeds a script to a fresh instance of 16 slots a thread. */
export function runScript(monitor: Monitor, script: Script, profile: Profile): Run {
  const shape = { profile, keyHash: "identity", threads: script.threads, slots: SLOTS } as const;
  const frames = script.frames.map(({ thread, entries }) => ({
    thread,
    bytes: encodeFrame(entries, profile),
  }));
  return runLog(monitor, shape, frames);
}

/** Epochs that the log closes on every thread: the attack succeeds when all of them are certified. */
function epochsClosed({ script }: Attack): number {
  const counts = Array.from({ length: script.threads }, () => 0);
  for (const { thread, entries } of script.frames) {
    const verified = entries.filter(({ type }) => type === "VerifyEpoch").length;
    counts[thread] = (counts[thread] ?? 0) + verified;
  }
  return Math.min(...counts.filter((count) => count > 0));
}

/** Was everything accepted, every epoch certified, and does the monitor's own transcript say what the clients were told? */
export function isCertified(attack: Attack, { results, max }: Run): boolean {
  const leaves = results.map((result) => toHex(result.leaves)).join("");
  const claimed = attack.script.history.map(({ leaf }) => toHex(leaf)).join("");
  const accepted = results.every(({ verdict }) => verdict === "success");
  return accepted && max === epochsClosed(attack) - 1 && leaves === claimed;
}

/** The check that refused first, or the one that an epoch did not pass; "open" if the epoch was never complete. */
export function refusalOf({ results, events }: Run): string {
  const entry = results.find(({ check }) => check !== null && check !== "F.sticky")?.check;
  const mismatch = events.find(({ kind }) => kind === "mismatch");
  return entry ?? (mismatch?.kind === "mismatch" ? mismatch.check : "open");
}

/** What a caller of the monitor sees. */
export function visible({ results, max, events }: Run): string {
  const answers = results.map(({ verdict, check, pos }) => [verdict, check, pos]);
  return JSON.stringify([answers, max, events.map(({ kind, epoch }) => [kind, epoch])]);
}
