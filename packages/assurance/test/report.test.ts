// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assurancePage, PAGE } from "../src/report/report.ts";
import { figure, table } from "../src/report/tables.ts";

describe("docs/assurance.md", () => {
  it("is what `npm run assure -- report` writes from the results", () => {
    expect(readFileSync(PAGE, "utf8")).toBe(assurancePage());
  });

  it("shows figures as they are", () => {
    expect(figure(0)).toBe("0");
    expect(figure(1234567)).toBe("1 234 567");
    expect(figure(1.5e29)).toBe("1.5 × 10^29");
    expect(table(["a", "b"], [["1|2", "x"]])).toBe("| a | b |\n|---|---|\n| 1\\|2 | x |");
  });
});
