// SPDX-License-Identifier: Apache-2.0
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { WORKERS_MAX } from "@zeta/store/wasm/share-out";
import { type Command, Option } from "commander";
import { EXIT, type Exit } from "../exit.ts";
import { choiceOption, jsonOption, parsedOption } from "../options/option.ts";
import { parseCount } from "../options/parse-count.ts";
import { parseDuration } from "../options/parse-duration.ts";
import { DEFAULT_URL, parseUrl } from "../options/parse-url.ts";
import { DISTRIBUTIONS, type Distribution } from "../ycsb/distribution.ts";
import { WORKLOADS, type Workload, workloadOf } from "../ycsb/workload.ts";
import type { YcsbOptions } from "../ycsb/ycsb.ts";

/** Ten million records of 100 bytes are what a process keeps in memory without further thought. */
const RECORDS_MAX = 10_000_000;
const OPERATIONS_MAX = 1_000_000_000;
/** The service refuses larger batches. */
const BATCH_MAX = 4096;
const IN_FLIGHT_MAX = 64;
const SAMPLES_MAX = 100_000;
const SEED_MAX = 0xffff_ffff;

const HELP = `
Loads the records, runs the operations in batches with several under way, then
waits until the last answer's epoch is certified. The certificate of every epoch
is verified, and the receipts of a random sample of answers, end to end. a: 50 %
reads, 50 % updates; b: 95/5; c: reads only; d: 95 % reads of the latest
records, 5 % inserts; f: 50 % reads, 50 % read-modify-writes. Workload e needs
range scans, which the service does not have. Exits 1 if anything was not
certified.`;

interface YcsbCommandOptions {
  readonly workload: Workload;
  readonly records: number;
  readonly operations: number;
  readonly distribution?: Distribution;
  readonly valueBytes: number;
  readonly url: string;
  readonly inProcess?: true;
  readonly epoch: number;
  readonly threads: number;
  readonly batch: number;
  readonly inFlight: number;
  readonly samples: number;
  readonly seed: number;
  readonly json?: true;
}

function countOption(flags: string, description: string, min: number, max: number): Option {
  return parsedOption(flags, description, (text) => parseCount(text, min, max));
}

export function addYcsbCommand(program: Command, exit: Exit): void {
  program
    .command("ycsb")
    .description("run a YCSB core workload, every epoch certified")
    .addOption(
      parsedOption("--workload <name>", "a, b, c, d or f", workloadOf).default(WORKLOADS.a, "a"),
    )
    .addOption(countOption("--records <n>", "records to load", 1, RECORDS_MAX).default(100_000))
    .addOption(
      countOption("--operations <n>", "operations to run", 1, OPERATIONS_MAX).default(1_000_000),
    )
    .addOption(
      choiceOption(
        "--distribution <name>",
        "which records are asked for; default: the workload's own",
        DISTRIBUTIONS,
      ),
    )
    .addOption(countOption("--value-bytes <n>", "size of a value", 1, VALUE_BYTES_MAX).default(100))
    .addOption(parsedOption("--url <url>", "the service", parseUrl).default(DEFAULT_URL))
    .addOption(new Option("--in-process", "store and monitor in this process, no HTTP"))
    .addOption(
      parsedOption("--epoch <time>", "epoch length with --in-process", (text) =>
        parseDuration(text, 10, 3_600_000),
      ).default(1000, "1s"),
    )
    .addOption(countOption("--threads <n>", "workers with --in-process", 1, WORKERS_MAX).default(1))
    .addOption(countOption("--batch <n>", "operations in a request", 1, BATCH_MAX).default(500))
    .addOption(
      countOption("--in-flight <n>", "requests under way at once", 1, IN_FLIGHT_MAX).default(4),
    )
    .addOption(
      countOption("--samples <n>", "answers to verify with receipts", 0, SAMPLES_MAX).default(1000),
    )
    .addOption(countOption("--seed <n>", "of the random choices", 0, SEED_MAX).default(1))
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (options: YcsbCommandOptions, command: Command) => {
      requireOneTarget(command);
      const { runYcsb } = await import("../ycsb/ycsb.ts");
      const certified = await runYcsb(completed(options));
      exit(certified ? EXIT.success : EXIT.negative);
    });
}

function requireOneTarget(command: Command): void {
  const given = (name: string) => command.getOptionValueSource(name) === "cli";
  if (given("url") && given("inProcess")) {
    command.error("expected --url or --in-process, got both");
  }
  if (given("threads") && !given("inProcess")) {
    command.error("--threads: expected --in-process beside it, got none");
  }
}

function completed(options: YcsbCommandOptions): YcsbOptions {
  const { distribution, inProcess, json, url, epoch, threads, ...rest } = options;
  return {
    ...rest,
    distribution: distribution ?? options.workload.distribution,
    target: inProcess ? { kind: "in-process", epochMs: epoch, threads } : { kind: "service", url },
    json: json ?? false,
  };
}
