// SPDX-License-Identifier: Apache-2.0
import { CommanderError } from "commander";
import { describeError, EXIT, exitCodeOf } from "./exit.ts";
import { describeUsageError } from "./options/usage-message.ts";
import { note } from "./output/console.ts";
import { createProgram } from "./program.ts";

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
      note(`zeta: ${describeError(error)}`);
      return exitCodeOf(error);
    }
    // Help and version were asked for and printed.
    if (error.exitCode === 0) return EXIT.success;
    // Without a command the help was printed in place of an answer.
    if (error.code !== "commander.help") note(`zeta: ${describeUsageError(error)}`);
    return EXIT.usage;
  }
}
