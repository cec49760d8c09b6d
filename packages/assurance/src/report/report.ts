// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { CLOCK_RULES, clockLemmas } from "../lemmas/clock-lemmas.ts";
import { TREE_RULES, treeLemmas } from "../lemmas/tree-lemmas.ts";
import { detailsTable, partsTable, type StoredResult } from "./tables.ts";

const PACKAGE = new URL("../../", import.meta.url);
/** Where the page stands. */
export const PAGE = new URL("../../docs/assurance.md", PACKAGE);

/** The text of docs/assurance.md: the template with the figures of the last full runs. */
export function assurancePage(): string {
  const results = readResults();
  const resultOf = (part: string) => results.find((result) => result.part === part);
  const lemmas = [...clockLemmas(), ...treeLemmas()].map(({ name }) => `* ${name}`);
  const fillings: Readonly<Record<string, string>> = {
    parts: partsTable(results),
    mutants: detailsTable(
      resultOf("mutants"),
      ["check", "profile", "log", "caughtBy", "mutant", "reason"],
      "rows",
    ),
    worlds: detailsTable(resultOf("small-scope"), [
      "world",
      "keys",
      "slots",
      "counters",
      "epochs",
      "lengths",
      "alphabet",
      "logs",
      "states",
      "certified",
      "violations",
    ]),
    decoders: detailsTable(resultOf("fuzz"), ["decoder", "inputs", "accepted", "outcomes"]),
    rules: [...CLOCK_RULES, ...TREE_RULES].map((rule) => `\`${rule}\``).join(", "),
    lemmas: lemmas.join("\n"),
  };
  const template = readFileSync(new URL("assurance.template.md", PACKAGE), "utf8");
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const filling = fillings[name];
    if (filling === undefined) throw new Error(`expected a known filling, got ${name}`);
    return filling;
  });
}

function readResults(): StoredResult[] {
  const folder = new URL("results/", PACKAGE);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
}
