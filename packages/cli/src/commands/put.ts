// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from "commander";
import type { Exit } from "../exit.ts";
import { addCallOptions, type CallCommandOptions } from "../kv/client-command.ts";

const HELP = `
VALUE is stored as it is typed, without a newline. - stands for standard input,
and --file names a file: either is stored byte for byte, at most 1 MiB.
  printf 'a\\0b' | zeta put key -
The value - itself comes through standard input (printf - | zeta put key -); a
key or value that begins with - goes behind --, after all options:
  zeta put -- key -5`;

interface PutOptions extends CallCommandOptions {
  readonly file?: string;
}

export function addPutCommand(program: Command, exit: Exit): void {
  const command = program
    .command("put")
    .description("store a value")
    .argument("<key>", "text")
    .argument("[value]", "text, or - for standard input")
    .addOption(new Option("--file <file>", "store the bytes of a file"));
  addCallOptions(command)
    .addHelpText("after", HELP)
    .action(async (key: string, text: string | undefined, options: PutOptions) => {
      const { readGivenValue } = await import("../kv/given-value.ts");
      const value = await readGivenValue({ text, file: options.file });
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
    });
}
