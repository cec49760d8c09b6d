// SPDX-License-Identifier: Apache-2.0
import { ATTACK_MODES, ATTACK_NAMES, ATTACKS, type AttackMode } from "@zeta/client/attack/attacks";
import { type Command, Option } from "commander";
import { type Exit, usageError } from "../exit.ts";
import { addClientOptions, type ClientCommandOptions } from "../kv/client-command.ts";
import { choiceOption, named, parseChoice } from "../options/option.ts";

const HELP = `
Makes a service that was started with --allow-attacks lie once, then uses it as
an honest client would, and prints what that client noticed:
${ATTACK_NAMES.map((name) => `  ${name.padEnd(12)}${ATTACKS[name]}`).join("\n")}
stale-read has two modes: honest-log (the log is true, so only the receipt gives
the lie away) and lying-log (the log repeats the lie, so the monitor refuses
it).
Exits 1 when the lie was caught: the answer was NOT verified. Exits 0 only if
the client noticed nothing. The evidence is written to --out for zeta verify.`;

const DEFAULT_KEY = "alice";

interface AttackCommandOptions extends ClientCommandOptions {
  readonly mode?: AttackMode;
  readonly out?: string;
}

export function addAttackCommand(program: Command, exit: Exit): void {
  const command = program
    .command("attack")
    .description("make a service lie; the client finds out (exit 1: caught)")
    .argument("<name>", ATTACK_NAMES.join(", "))
    .argument("[key]", "what to lie about", DEFAULT_KEY)
    .addOption(choiceOption("--mode <mode>", "of stale-read", ATTACK_MODES))
    .addOption(new Option("--out <file>", "where to write the evidence"));
  addClientOptions(command)
    .addHelpText("after", HELP)
    .action(async (text: string, key: string, options: AttackCommandOptions) => {
      const name = named("attack", () => parseChoice(text, ATTACK_NAMES));
      if (options.mode !== undefined && name !== "stale-read") {
        throw usageError(`--mode: expected only with stale-read, got it with ${name}`);
      }
      const { runAttack } = await import("../attack/run-attack.ts");
      exit(await runAttack(name, key, options));
    });
}
