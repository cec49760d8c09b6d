// SPDX-License-Identifier: Apache-2.0
import { read } from "./sources.ts";

/** One command of a document's console block and the output that stands below it. */
export interface Step {
  readonly command: string;
  readonly expected: string;
}

/** The steps of all ```console blocks of a document, in order. */
export function consoleSteps(document: string): Step[] {
  const blocks = [...read(document).matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(
    (match) => match[1] ?? "",
  );
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const [command = "", ...output] = text.split("\n");
        return { command, expected: output.join("\n").trim() };
      }),
  );
}

/** Does the output match what the document shows? `…` stands for anything in a line; alone on a line, for any lines. */
export function matches(output: string, expected: string): boolean {
  const escaped = expected
    .split("\n")
    .map((line) => (line === "…" ? "[^]*" : line.split("…").map(literal).join("[^\\n]*")))
    .join("\n");
  return new RegExp(
    `^${escaped.replaceAll("[^]*\n", "(?:[^\\n]*\\n)*").replaceAll("\n[^]*", "(?:\\n[^\\n]*)*")}$`,
  ).test(output.trim());
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
