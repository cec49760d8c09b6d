// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { describe, expect, it } from "vitest";
import { describeError, EXIT, exitCodeOf, oneLine } from "../../src/exit.ts";
import { commandName } from "../../src/output/command-name.ts";
import { forReader } from "../../src/output/console.ts";
import { grouped, table } from "../../src/output/table.ts";

describe("text for people", () => {
  it("columns are aligned, the last is not padded", () => {
    const rows = [
      ["a", 1, "x"],
      ["long", 100, "yy"],
    ];
    expect(table(rows)).toBe("a       1  x\nlong  100  yy");
  });

  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1 000"],
    [1_234_567.8, "1 234 568"],
  ])("%d is grouped", (count, text) => {
    expect(grouped(count)).toBe(text);
  });

  it("foreign text stays on its line and cannot paint over it", () => {
    expect(oneLine("a\nb\r\u001b[2Jc\u0085")).toBe("a b\\x0d\\x1b[2Jc\\x85");
  });
});

it("the command is called as it was called", () => {
  expect(commandName({})).toBe("zeta");
  expect(commandName({ npm_command: "exec" })).toBe("npx zeta");
});

describe("a value that is shown", () => {
  it("cannot steer the terminal; a pipe gets it as it is", () => {
    expect(forReader("a\n\tb\u001b[31mc\u009b", true)).toBe("a\n\tb\\x1b[31mc\\x9b");
    expect(forReader("b\u001b[31mc", false)).toBe("b\u001b[31mc");
  });
});

describe("errors", () => {
  it.each([
    ["usage", EXIT.usage],
    ["config_invalid", EXIT.usage],
    ["port_in_use", EXIT.usage],
    ["storage_in_use", EXIT.usage],
    ["violation", EXIT.negative],
    ["network_error", EXIT.negative],
  ])("%s ends with %i", (code, exit) => {
    expect(exitCodeOf(new ZetaError(code, "x"))).toBe(exit);
  });

  it("a refusal is one line with its code, bad usage one line without", () => {
    expect(describeError(new ZetaError("violation", "two\nlines"))).toBe("two lines [violation]");
    expect(describeError(new ZetaError("usage", "expected X, got Y"))).toBe("expected X, got Y");
  });

  it("a defect of the program shows its stack", () => {
    expect(describeError(new TypeError("oops"))).toContain("text.test.ts");
    expect(describeError(new ZetaError("assertion", "oops"))).toContain("text.test.ts");
  });
});
