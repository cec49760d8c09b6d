// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { machine } from "../row.ts";
import { plotTrade } from "./trade-plot.ts";
import { measureTrade } from "./tradeoff.ts";

const RECORDS = 1_000_000;

/** Measures throughput against verification latency and draws it. */
export async function writeTradePlot(file: string, say: (line: string) => void): Promise<void> {
  const series = await measureTrade(RECORDS, say);
  const title = `YCSB A, zipfian, 1 M records, one worker (${machine().cpu})`;
  await writeFile(file, plotTrade(series, title));
}
