// SPDX-License-Identifier: Apache-2.0
import { SLOTS_MAX, THREADS_MAX } from "@zeta/protocol/limits";
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { choiceOption, parsedOption } from "../options/option.ts";
import { parseCount } from "../options/parse-count.ts";
import type { ReplayCommandOptions } from "../replay.ts";

const REPLAY_HELP = `
Reads frames on stdin: u16 thread, u32 length, log bytes, all big endian. Prints
one JSON line per frame:
{"frame","tid","verdict","pos","read","wrote","out","max"}. Exits 0 when the
input was read to its end, whatever the verdicts; 2 when it ends inside a frame
or announces a frame above the limit.`;

export function addMonitorCommand(program: Command, exit: Exit): void {
  const monitor = program.command("monitor").description("work with the trusted monitor itself");
  monitor
    .command("replay")
    .description("replay a recorded log through a fresh monitor")
    .addOption(choiceOption("--profile <name>", "log format", ["kv64", "bytes"]).default("kv64"))
    .addOption(
      parsedOption("--threads <n>", "monitor threads", (text) =>
        parseCount(text, 1, THREADS_MAX),
      ).default(1),
    )
    .addOption(
      parsedOption("--slots <n>", "slots of each thread", (text) =>
        parseCount(text, 1, SLOTS_MAX),
      ).default(1024),
    )
    .addOption(
      choiceOption("--key-hash <name>", "how kv64 places a key in the tree", [
        "identity",
        "blake2b",
      ]).default("identity"),
    )
    .addOption(new Option("--json", "the output is always JSON lines; accepted for symmetry"))
    .addHelpText("after", REPLAY_HELP)
    .action(async (options: ReplayCommandOptions) => {
      const { replayStdin } = await import("../replay.ts");
      await replayStdin(options);
      exit(EXIT.success);
    });
}
