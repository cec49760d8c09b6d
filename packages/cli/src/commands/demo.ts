// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption } from "../options/option.ts";

const HELP = `
Runs in one process on a port the system chooses. An honest service first: load,
answers turning from provisional into certified. Then one fresh service per
attack, each of which lies once; the client must find out, and the evidence it
writes is checked offline. Exits 0 only if the honest run was certified and
every attack was caught.`;

interface DemoCommandOptions {
  readonly out?: string;
  readonly json?: true;
}

export function addDemoCommand(program: Command, exit: Exit): void {
  program
    .command("demo")
    .description("the story in a minute: honest answers, every lie caught")
    .addOption(new Option("--out <directory>", "where to keep the evidence (a temporary one)"))
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (options: DemoCommandOptions) => {
      const { runDemo } = await import("../demo/demo.ts");
      const good = await runDemo({ out: options.out ?? null, json: options.json ?? false });
      exit(good ? EXIT.success : EXIT.negative);
    });
}
