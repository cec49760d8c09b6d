// SPDX-License-Identifier: Apache-2.0
import { print, printJson } from "../output/console.ts";
import { startProgress } from "../output/progress.ts";
import { grouped, table } from "../output/table.ts";
import { openEngineTarget } from "./engine-target.ts";
import type { LocalEngineOptions } from "./local-engine.ts";
import { type RunOptions, type RunReport, runWorkload } from "./run.ts";
import { openServiceTarget } from "./service-target.ts";

export interface YcsbOptions extends RunOptions {
  readonly target:
    | { readonly kind: "service"; readonly url: string }
    | ({ readonly kind: "in-process" } & LocalEngineOptions);
  readonly json: boolean;
}

/** Runs one workload and prints what it measured. Was everything certified? */
export async function runYcsb(options: YcsbOptions): Promise<boolean> {
  const { target: choice, json } = options;
  const target =
    choice.kind === "service"
      ? await openServiceTarget(choice.url)
      : await openEngineTarget(choice);
  try {
    if (!json) print("SIMULATED TEE");
    const report = await runWorkload(target, options, startProgress);
    if (json) printJson({ ...report, target: choice.kind, simulated: true });
    else printReport(report, options);
    return report.certified;
  } finally {
    await target.close();
  }
}

function printReport(report: RunReport, { workload, target }: YcsbOptions): void {
  const where = target.kind === "service" ? target.url : "in this process";
  print(`YCSB workload ${report.workload} (${workload.title}), ${report.distribution}, ${where}`);
  print(
    table([
      ["records", `${grouped(report.records)} of ${report.valueBytes} bytes`],
      ["operations", `${grouped(report.operations)} in ${report.seconds} s`],
      ["throughput", `${grouped(report.operationsPerSecond)} operations/s`],
      ["latency", `p50 ${report.latency.p50_us} us, p99 ${report.latency.p99_us} us (per batch)`],
      [
        "certification",
        `p50 ${report.certification.p50_ms} ms, p99 ${report.certification.p99_ms} ms after the answer`,
      ],
      ["epochs", `${report.epochs} certified and verified, the last is ${report.certifiedEpoch}`],
      ["receipts", `${report.receiptsVerified} of a random sample verified end to end`],
      ["certified", report.certified ? "yes: every answer's epoch" : "NO"],
    ]),
  );
}
