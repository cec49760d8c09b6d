// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

/** What one harness found at full length; the figures of docs/assurance.md are made from these files. */
export interface PartResult {
  /** The name of the part: `npm run assure PART` repeats it. */
  readonly part: string;
  readonly seed: number;
  /** How much was covered, and how often it went wrong. */
  readonly counts: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly outcome: "holds" | "fails";
  /** The command that repeats the run. */
  readonly command: string;
  /** What a table needs beyond the counts. */
  readonly details?: unknown;
}

const RESULTS = new URL("../results/", import.meta.url);

/**
 * Writes `results/PART.json`, with the date of the run and the commit that was tested.
 *
 * @example writeResult({ part: "search", seed: 1, counts: {}, seconds: 1, outcome: "holds", command: "npm run assure search" });
 */
export function writeResult(result: PartResult): void {
  const { part, ...rest } = result;
  const record = { part, date: new Date().toISOString().slice(0, 10), commit: commit(), ...rest };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(`${part}.json`, RESULTS), `${JSON.stringify(record, null, 2)}\n`);
}

/** The commit that is checked out; "modified" behind it if files differ from it, null outside of git. */
function commit(): string | null {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
  try {
    const head = git("rev-parse", "--short=12", "HEAD");
    const changes = git(
      "status",
      "--porcelain",
      "--untracked-files=no",
      "--",
      ":!*/results/*.json",
    );
    return changes === "" ? head : `${head}, modified`;
  } catch {
    return null;
  }
}
