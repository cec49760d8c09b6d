// SPDX-License-Identifier: Apache-2.0

import type { Command } from "commander";
import type { Exit } from "../exit.ts";
import { addClientOptions, type ClientCommandOptions } from "../kv/client-command.ts";

const HELP = `
Reads the key, waits for the certificate of the answer, and writes all that
anybody needs to check it offline with zeta verify: the attestation, the
certificates, the question, the answer and its receipt. If the answer is
refused, the file holds the proof of that (such as the violation that the
monitor signed) and the command exits 1.`;

interface EvidenceCommandOptions extends ClientCommandOptions {
  readonly out: string;
}

export function addEvidenceCommand(program: Command, exit: Exit): void {
  const command = program
    .command("evidence")
    .description("write what certified a value into a file")
    .argument("<key>", "text")
    .requiredOption("--out <file>", "where to write the evidence");
  addClientOptions(command)
    .addHelpText("after", HELP)
    .action(async (key: string, options: EvidenceCommandOptions) => {
      const { exportEvidence } = await import("../evidence/export-evidence.ts");
      exit(await exportEvidence(key, options));
    });
}
