// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";
import { note, print, printJson } from "../output/console.ts";
import { grouped, table } from "../output/table.ts";
import { type Bench, type BenchRow, machine } from "./row.ts";

export interface RunBenchesOptions {
  readonly json: boolean;
  /** Id of the one row to run; null: all. */
  readonly only: string | null;
  readonly quick: boolean;
}

/** Runs the rows one after the other and prints them. Was every one of them certified? */
export async function runBenches(
  benches: readonly Bench[],
  options: RunBenchesOptions,
): Promise<boolean> {
  const chosen = benches.filter(({ id }) => options.only === null || id === options.only);
  if (chosen.length === 0) {
    const ids = benches.map(({ id }) => id).join(", ");
    throw usageError(`--only: expected one of ${ids}, got ${JSON.stringify(options.only)}`);
  }
  const rows: BenchRow[] = [];
  for (const bench of chosen) {
    note(`${bench.id}: ${bench.title}`);
    rows.push(await bench.run({ quick: options.quick, say: (line) => note(`  ${line}`) }));
  }
  if (options.json) printJson({ machine: machine(), rows });
  else printRows(rows);
  return rows.every(({ certified }) => certified);
}

function figure(value: number, unit: BenchRow["unit"]): string {
  return unit === "op/s" ? grouped(value) : value.toFixed(unit === "ms" ? 2 : 1);
}

function printRows(rows: readonly BenchRow[]): void {
  const { cpu, cores, node, platform } = machine();
  print(`${cpu}, ${cores} cores, ${platform}, Node ${node}`);
  print(
    table([
      ["id", "value", "unit", "baseline", "its value", "ratio", "runs", "certified"],
      ...rows.map((row) => [
        row.id,
        figure(row.value, row.unit),
        row.unit,
        row.baseline,
        figure(row.baselineValue, row.unit),
        row.ratio.toFixed(row.ratio < 1 ? 2 : 1),
        String(row.runs),
        row.certified ? "yes" : "NO",
      ]),
    ]),
  );
}
