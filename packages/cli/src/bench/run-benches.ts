// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";
import { note, print, printJson } from "../output/console.ts";
import { grouped, table } from "../output/table.ts";
import { type Bench, type BenchRow, machine } from "./row.ts";

export interface RunBenchesOptions {
  readonly json: boolean;
  /** Ids of the rows to run, separated by commas; null: all. */
  readonly only: string | null;
  readonly quick: boolean;
}

/** Runs the rows one after the other and prints them. Was every one of them certified? */
export async function runBenches(
  benches: readonly Bench[],
  options: RunBenchesOptions,
): Promise<boolean> {
  const chosen = choose(benches, options.only);
  const rows: BenchRow[] = [];
  for (const bench of chosen) {
    note(`${bench.id}: ${bench.title}`);
    rows.push(await bench.run({ quick: options.quick, say: (line) => note(`  ${line}`) }));
  }
  if (options.json) printJson({ machine: machine(), rows });
  else printRows(rows);
  return rows.every(({ certified }) => certified);
}

function choose(benches: readonly Bench[], only: string | null): readonly Bench[] {
  if (only === null) return benches;
  const wanted = only.split(",");
  const unknown = wanted.find((name) => !benches.some(({ id }) => id === name));
  if (unknown !== undefined) {
    const ids = benches.map(({ id }) => id).join(", ");
    throw usageError(`--only: expected one of ${ids}, got ${JSON.stringify(unknown)}`);
  }
  return benches.filter(({ id }) => wanted.includes(id));
}

function figure(value: number, unit: BenchRow["unit"]): string {
  if (unit === "ms") return value.toFixed(2);
  return unit === "%" || unit === "proofs/s" ? value.toFixed(1) : grouped(value);
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
  for (const { id, remarks = [] } of rows) {
    for (const remark of remarks) print(`${id}: ${remark}`);
  }
}
