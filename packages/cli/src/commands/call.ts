// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import type { Exit } from "../exit.ts";
import { addCallOptions } from "../kv/client-command.ts";
import { parsedOption } from "../options/option.ts";
import { parseCount } from "../options/parse-count.ts";
import type { ServiceCallOptions } from "../service/service-call-options.ts";

const HELP = `
OPERATION is an operation or a workflow of the service, ARGUMENTS its arguments
as JSON, bytes as lower-case hex. With --service the monitor must run exactly
that service (a built-in name or a file); without it the code that the host
shows is taken, and its hash is printed: the certificate proves what that code
answered, whatever it is.

A service that goes on with the data of an earlier release of its code is
believed only if that is named, too: --former with its file, or with the hash of
its code.

An operation that asks for a signature is called with --key FILE and --sequence
N: the number that the service tells of the signer. Each signature counts once.`;

export function addCallCommand(program: Command, exit: Exit): void {
  const command = program
    .command("call")
    .description("call an operation of a service in TypeScript")
    .argument("<operation>", "its name")
    .argument("[arguments]", "JSON", "{}")
    .addOption(new Option("--service <name>", "the service that is expected"))
    .addOption(
      new Option(
        "--former <name>",
        "an earlier release whose data it has; again for more",
      ).argParser((name: string, others: readonly string[] = []) => [...others, name]),
    )
    .addOption(new Option("--key <file>", "sign with this key, made by zeta key"))
    .addOption(
      parsedOption("--sequence <n>", "the signer's sequence number", (text) =>
        parseCount(text, 0, Number.MAX_SAFE_INTEGER),
      ),
    );
  addCallOptions(command)
    .addHelpText("after", HELP)
    .action(async (operation: string, json: string, options: ServiceCallOptions) => {
      const { runServiceCall } = await import("../service/run-service-call.ts");
      exit(await runServiceCall(operation, json, options));
    });
}
