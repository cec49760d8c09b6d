// SPDX-License-Identifier: Apache-2.0

import type { Command } from "commander";
import type { Exit } from "../exit.ts";
import { addCallOptions, type CallCommandOptions } from "../kv/client-command.ts";
import { forReader } from "../output/console.ts";

export function addGetCommand(program: Command, exit: Exit): void {
  const command = program
    .command("get")
    .description("read a value; exits 1 when there is none")
    .argument("<key>", "text");
  addCallOptions(command).action(async (key: string, options: CallCommandOptions) => {
    const { runCall } = await import("../kv/run-call.ts");
    const code = await runCall(
      {
        operation: "get",
        key,
        run: (client) => client.get(key),
        isPositive: (answer) => answer.value !== null,
        describe: (answer) => (answer.value === null ? "absent" : forReader(String(answer.value))),
      },
      options,
    );
    exit(code);
  });
}
