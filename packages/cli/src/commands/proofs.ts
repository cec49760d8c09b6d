// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import type { Exit } from "../exit.ts";
import { collateralOption, jsonOption, parsedOption } from "../options/option.ts";
import { type BatchRange, parseBatchRange } from "../options/parse-batch-range.ts";
import { parseUrl } from "../options/parse-url.ts";
import type { ProofsCommand } from "../proving/judge-proofs.ts";

const DEFAULT_URL = "http://127.0.0.1:3320";

const HELP = `
Trusts neither the server nor its gateways: checks each proof's quote by the
policy, the key it binds, the signature, and that each batch begins with the
root that the one before ended with. Where the chain begins is for you to
compare. --policy names a policy in YAML (docs/attestation.md).`;

const VERIFY_HELP = `${HELP}
Exits 0 only when every batch is verified and the chain is unbroken.`;

const WATCH_HELP = `${HELP}
Prints a line for each batch once it is proven or given up, until the last of
--batch or Ctrl-C. Exits 1 when one was not verified.`;

interface ProofsOptions {
  readonly url: string;
  readonly batch?: BatchRange;
  readonly policy?: string;
  readonly collateral?: string;
  readonly service?: string;
  readonly allowLegacy?: true;
  readonly json?: true;
}

export function addProofsCommand(program: Command, exit: Exit): void {
  const proofs = program
    .command("proofs")
    .description("check what gateways have proven, trusting nobody");
  addOptions(
    proofs.command("verify"),
    "fetch and verify the proofs of a range",
    VERIFY_HELP,
  ).action(async (options: ProofsOptions) => {
    const { verifyProofsCommand } = await import("../proving/judge-proofs.ts");
    exit(await verifyProofsCommand(commandOf(options)));
  });
  addOptions(proofs.command("watch"), "follow the proofs as they come", WATCH_HELP).action(
    async (options: ProofsOptions) => {
      const { watchProofsCommand } = await import("../proving/judge-proofs.ts");
      exit(await watchProofsCommand(commandOf(options)));
    },
  );
}

function addOptions(command: Command, description: string, help: string): Command {
  return command
    .description(description)
    .addOption(parsedOption("--url <url>", "the prover API", parseUrl).default(DEFAULT_URL))
    .addOption(parsedOption("--batch <n|n-m>", "one batch or a range (all)", parseBatchRange))
    .addOption(new Option("--policy <file>", "what quotes to accept"))
    .addOption(collateralOption())
    .addOption(new Option("--service <name>", "the service whose proofs these must be"))
    .addOption(new Option("--allow-legacy", "accept signatures over the bare root (zkSync)"))
    .addOption(jsonOption())
    .addHelpText("after", help);
}

function commandOf(options: ProofsOptions): ProofsCommand {
  return {
    url: options.url,
    from: options.batch?.from ?? null,
    to: options.batch?.to ?? null,
    policy: options.policy ?? null,
    collateral: options.collateral ?? null,
    service: options.service ?? null,
    allowLegacy: options.allowLegacy ?? false,
    json: options.json ?? false,
  };
}
