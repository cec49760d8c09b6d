// SPDX-License-Identifier: Apache-2.0

import type { Command } from "commander";
import type { Exit } from "../exit.ts";
import { addCallOptions, type CallCommandOptions } from "../kv/client-command.ts";

export function addDelCommand(program: Command, exit: Exit): void {
  const command = program
    .command("del")
    .description("delete a value; exits 1 when there was none")
    .argument("<key>", "text");
  addCallOptions(command).action(async (key: string, options: CallCommandOptions) => {
    const { runCall } = await import("../kv/run-call.ts");
    const code = await runCall(
      {
        operation: "delete",
        key,
        run: (client) => client.delete(key),
        isPositive: (answer) => answer.existed,
        describe: (answer) => (answer.existed ? "deleted" : "absent"),
      },
      options,
    );
    exit(code);
  });
}
