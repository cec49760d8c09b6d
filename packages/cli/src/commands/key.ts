// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption } from "../options/option.ts";

const HELP = `
The file is an Ed25519 private key in PEM, which only its owner can read; it is
made if it is not there. What is printed is the public half, as operations of a
service take it. Signed calls: zeta call OPERATION ARGUMENTS --key FILE
--sequence N.`;

export function addKeyCommand(program: Command, exit: Exit): void {
  program
    .command("key")
    .description("make a key for signed calls, or show its public half")
    .argument("<file>", "where the key is, or will be")
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (file: string, { json }: { json?: true }) => {
      const { makeCallerKey, publicHexOf, readCallerKey } = await import(
        "../service/caller-key.ts"
      );
      const { note, print, printJson } = await import("../output/console.ts");
      const made = makeCallerKey(file);
      const publicKey = publicHexOf(readCallerKey(file));
      if (json) printJson({ file, made, publicKey });
      else {
        if (made) note(`made ${file}: keep it, nobody can make it again`);
        print(publicKey);
      }
      exit(EXIT.success);
    });
}
