// SPDX-License-Identifier: Apache-2.0
import type { PartResult } from "../results.ts";

/** A result as it stands in `results/`. */
export type StoredResult = PartResult & { readonly date: string; readonly commit: string | null };

const NOT_RUN = "*Not run at full length yet.*";

/** A Markdown table; cells are plain text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** One row per part, with all its counts. */
export function partsTable(results: readonly StoredResult[]): string {
  if (results.length === 0) return NOT_RUN;
  const rows = results.map((result) => [
    result.part,
    result.outcome,
    Object.entries(result.counts)
      .map(([name, count]) => `${wordsOf(name)} ${figure(count)}`)
      .join(", "),
    `${result.seconds} s`,
    result.date,
    result.commit ?? "unknown",
    `\`${result.command}\``,
  ]);
  return table(["part", "outcome", "figures", "took", "date", "commit", "command"], rows);
}

function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Exact below a million million, then as a power of ten. */
export function figure(count: number): string {
  if (count >= 1e12) return count.toExponential(1).replace("e+", " × 10^");
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Rows that a part left in `details` (or in one member of it) as a table, by the given columns. */
export function detailsTable(
  result: StoredResult | undefined,
  columns: readonly string[],
  member?: string,
): string {
  const rows = rowsIn(result?.details, member);
  if (rows.length === 0) return NOT_RUN;
  return table(
    columns.map(wordsOf),
    rows.map((row) => columns.map((column) => shown(row[column]))),
  );
}

function rowsIn(details: unknown, member: string | undefined): Record<string, unknown>[] {
  const held =
    member === undefined ? details : (details as Record<string, unknown> | undefined)?.[member];
  return Array.isArray(held) ? held : [];
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return figure(value);
  return Array.isArray(value) ? value.join(" + ") : String(value);
}
