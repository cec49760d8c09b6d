// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { CommanderError } from "commander";
import { describeError, EXIT, exitCodeOf, oneLine } from "./exit.ts";
import { describeUsageError } from "./options/usage-message.ts";
import { note, printJson } from "./output/console.ts";
import { createProgram } from "./program.ts";
import { systemLimit } from "./system-limit.ts";

/** Runs the `zeta` command with these arguments. Every error becomes one line on stderr and an exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = EXIT.success;
  const program = createProgram((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      const told = systemLimit(error) ?? error;
      note(`zeta: ${describeError(told)}`);
      if (asksForJson(args)) printJson(errorJson(told));
      return exitCodeOf(told);
    }
    // Help and version were asked for and printed.
    if (error.exitCode === 0) return EXIT.success;
    // Without a command the help was printed in place of an answer.
    if (error.code === "commander.help") return EXIT.usage;
    const message = describeUsageError(error);
    note(`zeta: ${message}`);
    if (asksForJson(args)) printJson({ error: { code: "usage", message } });
    return EXIT.usage;
  }
}

/** What follows `--` is for somebody else. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

/** An error for a script; the codes are those that people read in brackets. */
function errorJson(error: unknown): unknown {
  if (isZetaError(error) && error.code !== "assertion") {
    return { error: { code: error.code, message: oneLine(error.message) } };
  }
  return { error: { code: "internal_error", message: oneLine(String(error)) } };
}
