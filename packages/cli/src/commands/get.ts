// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from "commander";
import { type Exit, usageError } from "../exit.ts";
import { addCallOptions, type CallCommandOptions } from "../kv/client-command.ts";
import { forReader } from "../output/console.ts";

const HELP = `
Without --raw the value is printed as text, with a newline after it. --raw
writes exactly the bytes to stdout and everything else to stderr: zeta get key
--raw > file. With --wait they are written only once they are certified, so that
nothing behind a pipe works on an answer that is refused.`;

interface GetOptions extends CallCommandOptions {
  readonly raw?: true;
}

export function addGetCommand(program: Command, exit: Exit): void {
  const command = program
    .command("get")
    .description("read a value; exits 1 when there is none")
    .argument("<key>", "text")
    .addOption(new Option("--raw", "write exactly the bytes of the value to stdout"));
  addCallOptions(command)
    .addHelpText("after", HELP)
    .action(async (key: string, options: GetOptions) => {
      const { raw, json } = options;
      if (raw && json) throw usageError("--raw: expected no --json beside it, got both");
      const { runCall } = await import("../kv/run-call.ts");
      const code = await runCall(
        {
          operation: "get",
          key,
          run: (client) => client.get(key),
          isPositive: (answer) => answer.value !== null,
          describe: (answer) =>
            answer.value === null ? "absent" : forReader(String(answer.value)),
          isRaw: raw ?? false,
        },
        options,
      );
      exit(code);
    });
}
