// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption } from "../options/option.ts";

interface BenchCommandOptions {
  readonly json?: true;
  readonly only?: string;
  readonly quick?: true;
}

export function addBenchCommand(program: Command, exit: Exit): void {
  const bench = program
    .command("bench")
    .description("measure, each figure beside its baseline from the same run");
  bench
    .command("monitor")
    .description("the monitor alone: verified operations per second on one core")
    .addOption(new Option("--only <id>", "run one row"))
    .addOption(new Option("--quick", "shorter runs of the same kind"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExits 1 if a measured epoch was not certified: such a figure means nothing.",
    )
    .action(async (options: BenchCommandOptions) => {
      const { runBenches } = await import("../bench/run-benches.ts");
      const { MONITOR_BENCHES } = await import("../bench/monitor-benches.ts");
      const certified = await runBenches(MONITOR_BENCHES, {
        json: options.json ?? false,
        only: options.only ?? null,
        quick: options.quick ?? false,
      });
      exit(certified ? EXIT.success : EXIT.negative);
    });
}
