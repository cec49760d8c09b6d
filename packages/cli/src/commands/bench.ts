// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from "commander";
import type { Bench } from "../bench/row.ts";
import { EXIT, type Exit } from "../exit.ts";
import { jsonOption } from "../options/option.ts";
import { note } from "../output/console.ts";

interface BenchCommandOptions {
  readonly json?: true;
  readonly only?: string;
  readonly quick?: true;
  /** Of `store`. */
  readonly svg?: string;
}

/** A group of rows; its module is loaded only when they are run. */
interface BenchGroup {
  readonly name: string;
  readonly description: string;
  readonly help: string;
  load(): Promise<readonly Bench[]>;
  /** Draws what it measures into an SVG file. */
  readonly plot?: (file: string, say: (line: string) => void) => Promise<void>;
}

const GROUPS: readonly BenchGroup[] = [
  {
    name: "monitor",
    description: "the monitor alone: verified operations per second on one core",
    help: `
Exits 1 if a measured epoch was not certified: such a figure means nothing.`,
    load: async () => (await import("../bench/monitor-benches.ts")).MONITOR_BENCHES,
  },
  {
    name: "store",
    description:
      "store and monitor together, in workers, beside stores that verify less or otherwise",
    help: `
All rows take about 20 minutes and 4 GB of memory, --quick about 3. Exits 1 if
not everything that was measured was certified: such a figure means nothing.`,
    load: async () => (await import("../bench/store-benches.ts")).STORE_BENCHES,
    plot: async (file, say) =>
      (await import("../bench/store/write-trade-plot.ts")).writeTradePlot(file, say),
  },
  {
    name: "service",
    description: "certified calls per second: services in TypeScript, and Redis clients",
    help: `
Rows app.*: store and enclave in one thread, no HTTP, no receipts. Rows
service.resp.*: the whole service with receipts, Redis clients in a process of
their own; beside it a redis-server, where one is on the PATH, or else the same
front on a plain map. Exits 1 if not every call that was measured was certified:
such a figure means nothing.`,
    load: async () => [
      ...(await import("../bench/service-benches.ts")).SERVICE_BENCHES,
      ...(await import("../bench/resp-benches.ts")).RESP_BENCHES,
    ],
  },
  {
    name: "client",
    description: "what a client does: milliseconds to verify a quote",
    help: `
In milliseconds less is better. Exits 1 if a verification gave another answer
than the known one: such a figure means nothing.`,
    load: async () => (await import("../bench/client-benches.ts")).CLIENT_BENCHES,
  },
  {
    name: "gateway",
    description: "batch proving: how much of its time a gateway verifies, proofs per second",
    help: `
Verification is a wait of 200 ms, every call of the server takes 50 ms more.
Exits 1 if a batch was not proven or the chain of roots is broken.`,
    load: async () => (await import("../bench/gateway-benches.ts")).GATEWAY_BENCHES,
  },
];

export function addBenchCommand(program: Command, exit: Exit): void {
  const bench = program
    .command("bench")
    .description("measure, each figure beside its baseline from the same run");
  for (const { name, description, help, load, plot } of GROUPS) {
    const command = bench
      .command(name)
      .description(description)
      .addOption(new Option("--only <id>", "run one row, or several separated by commas"))
      .addOption(new Option("--quick", "shorter runs of the same kind"))
      .addOption(jsonOption())
      .addHelpText("after", help)
      .action(async (options: BenchCommandOptions) => {
        if (options.svg !== undefined) {
          await plot?.(options.svg, note);
          return;
        }
        const { runBenches } = await import("../bench/run-benches.ts");
        const right = await runBenches(await load(), {
          json: options.json ?? false,
          only: options.only ?? null,
          quick: options.quick ?? false,
        });
        exit(right ? EXIT.success : EXIT.negative);
      });
    if (plot !== undefined) {
      const drawing = "measure throughput against the time to a certificate instead, and draw it";
      command.addOption(new Option("--svg <file>", drawing));
    }
  }
}
