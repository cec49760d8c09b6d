// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIES } from "@zeta/client/attack/attacks";
import { openWritable } from "../options/writable-directory.ts";
import { paint } from "../output/colour.ts";
import { commandName } from "../output/command-name.ts";
import { print, printJson } from "../output/console.ts";
import { table } from "../output/table.ts";
import { type HonestReport, runHonest } from "./honest.ts";
import { type LieReport, runLie } from "./lie.ts";

export interface DemoOptions {
  /** Directory for the evidence; null: a temporary one. */
  readonly out: string | null;
  readonly json: boolean;
}

/** Tells the story, and what came of it. Was everything honest certified, and every lie caught? */
export async function runDemo({ out, json }: DemoOptions): Promise<boolean> {
  const say = json ? () => {} : print;
  const directory = evidenceDirectory(out);
  const start = performance.now();
  say("SIMULATED TEE: the monitor runs in this process, its quote is made up.\n");
  say("1. An honest service.");
  const honest = await runHonest(say);
  say("\n2. Services that lie, each on fresh data. The client is not told what to look for.");
  const lies: LieReport[] = [];
  for (const lie of LIES) {
    const report = await runLie(lie, directory);
    lies.push(report);
    say(
      `   ${paint(report.caught ? "good" : "bad", report.caught ? "caught" : "MISSED")} ${lie.story}`,
    );
  }
  const isGood = honest.certified && lies.every(({ caught }) => caught);
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  if (json) printJson(jsonOf(honest, lies, seconds));
  else printEnd(honest, lies, directory, seconds);
  return isGood;
}

function evidenceDirectory(out: string | null): string {
  if (out === null) return mkdtempSync(join(tmpdir(), "zeta-demo-"));
  openWritable("--out", out);
  return out;
}

function jsonOf(honest: HonestReport, lies: readonly LieReport[], seconds: number): unknown {
  return {
    simulated: true,
    certified: honest.certified,
    epochs: honest.epochs,
    operations: honest.operations,
    receiptsVerified: honest.receiptsVerified,
    seconds,
    attacks: lies,
  };
}

function printEnd(
  honest: HonestReport,
  lies: readonly LieReport[],
  directory: string,
  seconds: number,
): void {
  print("\n3. What came of it.");
  print(
    table([
      ["", "caught", "by", "because", "check", "evidence (offline verdict)"],
      [
        "honest",
        honest.certified ? "certified" : "NOT CERTIFIED",
        "-",
        `${honest.operations} answers in ${honest.epochs} epochs`,
        "-",
        "-",
      ],
      ...lies.map((lie) => [
        lie.mode === null ? lie.name : `${lie.name}, ${lie.mode}`,
        lie.caught ? "caught" : "MISSED",
        lie.by ?? "-",
        lie.code ?? "-",
        lie.check ?? "-",
        lie.evidence === null ? "-" : `${lie.name}${suffix(lie)}.json (${lie.verdict})`,
      ]),
    ]),
  );
  print(
    `\nThe evidence is in ${directory}; check it with: ${commandName()} verify FILE. ${seconds} s.`,
  );
}

function suffix({ mode }: LieReport): string {
  return mode === null ? "" : `-${mode}`;
}
