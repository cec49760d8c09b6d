// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import type { Exit } from "../exit.ts";
import { choiceOption } from "../options/option.ts";

const HELP = `
Makes a key and a quote over it inside the TEE and hands both to COMMAND in its
environment: PREFIX followed by SIGNING_KEY (hex), ATTESTATION_QUOTE_FILE_PATH
and TEE_TYPE. Without a quote COMMAND is not started. Exits with COMMAND's
status.
  zeta launch --env-prefix TEE_PROVER_ -- zeta gateway --config-path gateway.yaml`;

interface LaunchOptions {
  readonly envPrefix: string;
  readonly simulation?: true;
  readonly binding: "gateway" | "address";
}

export function addLaunchCommand(program: Command, exit: Exit): void {
  program
    .command("launch")
    .description("start a program with a key and a quote made in the TEE")
    .requiredOption("--env-prefix <prefix>", "how the variables' names begin, e.g. TEE_PROVER_")
    .addOption(new Option("--simulation", "make a quote that anybody can make"))
    .addOption(
      choiceOption("--binding <what>", "what the quote binds", ["gateway", "address"]).default(
        "gateway",
      ),
    )
    .argument("<command>", "the program")
    .argument("[args...]", "its arguments")
    .addHelpText("after", HELP)
    .action(async (command: string, args: readonly string[], options: LaunchOptions) => {
      const { launchCommand } = await import("../proving/launch-command.ts");
      const { envPrefix, simulation = false, binding } = options;
      exit(await launchCommand({ envPrefix, simulation, binding, command, args }));
    });
}
