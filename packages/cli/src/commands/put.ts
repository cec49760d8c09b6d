// SPDX-License-Identifier: Apache-2.0

import type { Command } from "commander";
import type { Exit } from "../exit.ts";
import { addCallOptions, type CallCommandOptions } from "../kv/client-command.ts";

export function addPutCommand(program: Command, exit: Exit): void {
  const command = program
    .command("put")
    .description("store a value")
    .argument("<key>", "text")
    .argument("<value>", "text");
  addCallOptions(command).action(
    async (key: string, value: string, options: CallCommandOptions) => {
      const { runCall } = await import("../kv/run-call.ts");
      const code = await runCall(
        {
          operation: "put",
          key,
          run: (client) => client.put(key, value),
          isPositive: () => true,
          describe: (answer) => (answer.existed ? "replaced" : "created"),
        },
        options,
      );
      exit(code);
    },
  );
}
