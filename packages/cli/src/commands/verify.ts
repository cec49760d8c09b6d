// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from "commander";
import type { Exit } from "../exit.ts";
import { collateralOption, jsonOption, parsedOption } from "../options/option.ts";
import { parseTime } from "../options/parse-time.ts";

const HELP = `
Checks an evidence file offline; nothing in it is believed. Verdicts: certified
(the answer in the file was certified by the monitor), violation (the monitor
refused this host's log and signed that), fork (one instance signed two
histories), rejected (nothing of the kind is proven). Exits 0 only for
certified. --policy names a policy in YAML (docs/attestation.md); without it
simulated quotes of the monitor that this release was built with are accepted,
and the report says so. A hardware quote is judged by --collateral as of --at.`;

interface VerifyCommandOptions {
  readonly policy?: string;
  readonly collateral?: string;
  readonly at?: Date;
  readonly json?: true;
}

export function addVerifyCommand(program: Command, exit: Exit): void {
  program
    .command("verify")
    .description("check an evidence file, offline")
    .argument("<file>", "written by zeta evidence, or by a client that refused an answer")
    .addOption(new Option("--policy <file>", "what to accept"))
    .addOption(collateralOption())
    .addOption(
      parsedOption("--at <time>", "judge hardware quotes as of this time (now)", parseTime),
    )
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (file: string, options: VerifyCommandOptions) => {
      const { verifyFile } = await import("../evidence/verify-file.ts");
      exit(await verifyFile(file, options, options.json ?? false));
    });
}
