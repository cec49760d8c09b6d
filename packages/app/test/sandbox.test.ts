// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { describe, expect, test } from "vitest";
import { CallFailed } from "../src/call-error.ts";
import { encodeArgument } from "../src/encode-argument.ts";
import type { Program } from "../src/program.ts";
import { runCall } from "../src/run-call.ts";
import { loadProgram } from "../src/sandbox/load-program.ts";
import { bundleText, loadBody, serviceText } from "./support/load-source.ts";

function call(program: Program, n = 0): number {
  const operation = program.operation("call");
  const running = runCall(program, operation.number, encodeArgument(operation, { n }));
  const { result } = running.apply(running.keys.map(() => null));
  return Number(new DataView(result.buffer).getBigInt64(0));
}

/** What becomes of a call with this body: its result, or the code of the refusal. */
async function outcomeOf(body: string, before = ""): Promise<number | string> {
  try {
    return call(await loadBody(body, before));
  } catch (error) {
    if (error instanceof CallFailed) return `failed: ${error.failure}`;
    if (isZetaError(error)) return error.code;
    throw error;
  }
}

describe("a service's code", () => {
  test.each([
    ["a plain result", "return { result: 7 };", 7],
    ["fail", 'fail("no_such_account");', "failed: no_such_account"],
    ["an error", 'throw new Error("broken");', "function_threw"],
    ["a getter that throws", "return { get result() { throw 1; } };", "function_threw"],
    ["no outcome", "return null;", "invalid_result"],
    ["a result of another type", 'return { result: "7" };', "invalid_result"],
    ["a fraction for an integer", "return { result: 0.5 };", "invalid_result"],
    ["a write of another type", 'return { result: 1, writes: { cell: "x" } };', "invalid_write"],
    ["an undeclared write", "return { result: 1, writes: { other: 1 } };", "undeclared_record"],
    [
      "an undeclared write by a prototype",
      "return { result: 1, writes: Object.create({ other: 1 }) };",
      "undeclared_record",
    ],
    ["an array of writes", "return { result: 1, writes: [1] };", "undeclared_record"],
    ["no object of writes", "return { result: 1, writes: 1 };", "invalid_write"],
    [
      "writes that throw",
      "return { result: 1, writes: { get cell() { throw 1; } } };",
      "function_threw",
    ],
    [
      "a write that changes",
      "return { result: 1, writes: { get cell() { return ++count; } } };",
      "impure_function",
    ],
    [
      "a record kept, then deleted",
      "return count++ ? { result: 1, writes: { cell: null } } : { result: 1 };",
      "impure_function",
    ],
    [
      "a record written, then kept",
      "return count++ ? { result: 1 } : { result: 1, writes: { cell: 1 } };",
      "impure_function",
    ],
    ["a counter between runs", "return { result: ++count };", "impure_function"],
    ["arguments changed", "args.n++; return { result: args.n };", "impure_function"],
    ["an endless loop", "while (true);", "fuel_exhausted"],
    ["an endless loop of for", "for (;;) {}", "fuel_exhausted"],
    ["recursion", "const f = (n) => f(n + 1) + 1; return { result: f(0) };", "call_too_deep"],
    ["recursion through the engine", "const f = () => [1].map(f); f();", "call_too_deep"],
    ["a huge array walked by the engine", "Array(1e9).fill(0);", "function_threw"],
    ["an array-like of any length", "[].indexOf.call({ length: 2 ** 52 }, 1);", "function_threw"],
    ["a huge spread", "Math.max(...Array(60000).fill(0));", "function_threw"],
    ["a huge text", '"x".repeat(1e9);', "function_threw"],
  ])("%s", async (_name, body, expected) => {
    expect(await outcomeOf(body, "let count = 0;")).toBe(expected);
  });

  test.each([
    ["clock", "Date.now()"],
    ["new Date", "new Date()"],
    ["randomness", "Math.random()"],
    ["process", "process.exit()"],
    ["network", "fetch('http://127.0.0.1')"],
    ["eval", "(0, globalThis.eval)('1')"],
    ["Function", "Function('return 1')()"],
    ["a function's constructor", "(() => {}).constructor('return 1')()"],
    ["an argument's constructor", "args.constructor.constructor('return process')()"],
    ["regular expressions", "new RegExp('(a+)+$')"],
    ["regular expressions through texts", "'aaa'.match('(a+)+$')"],
    ["Promise", "Promise.resolve()"],
    ["Compartment", "new Compartment()"],
    ["a global of its own", "globalThis.leak = 1"],
    ["the prototypes", "Object.prototype.leak = 1"],
    ["apply", "Math.max.apply(null, [1])"],
  ])("has no %s", async (_name, expression) => {
    expect(await outcomeOf(`${expression}; return { result: 1 };`)).toBe("function_threw");
  });

  test.each([
    ["try", "try { f(); } catch {}"],
    ["finally", "try { f(); } finally { g(); }"],
    ["async functions", "(async () => 1)();"],
    ["generators", "(function* () {})();"],
    ["a regular expression", "/(a+)+$/.test('a');"],
    ["debugger", "debugger;"],
    ["eval in the open", "eval('1');"],
    ["a module that cannot be bundled", "require('fs');"],
    ["the meter's names", "let $zetaFuel = 1e9;"],
  ])("is refused with %s", async (_name, body) => {
    await expect(loadBody(body)).rejects.toMatchObject({ code: "service_code_refused" });
  });

  test("is refused when its evaluation does not end", async () => {
    const code = await bundleText(serviceText("return { result: 1 };", "while (true) {}"));
    expect(() => loadProgram(code)).toThrowError(/stopped/);
  });

  test("is the same from one bundling to the next, and says nothing of this machine", async () => {
    const [once, again] = [await bundleText(serviceText("")), await bundleText(serviceText(""))];
    expect(once).toBe(again);
    expect(once).not.toContain("zeta-service-");
  });
});

test("after calls that were ended, the next is as if nothing had been", async () => {
  const program = await loadBody("if (args.n === 1) while (true); return { result: args.n };");
  expect(() => call(program, 1)).toThrowError(expect.objectContaining({ code: "fuel_exhausted" }));
  expect(call(program, 2)).toBe(2);
});

test("the meter keeps the meaning of code", async () => {
  const program = await loadBody(
    `const add = (a) => (b) => a + b;
     let sum = 0;
     for (const [i, x] of [1, 2, 3].entries()) sum += add(x)(i);
     outer: for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) if (j > i) continue outer; else sum++;
     do sum++; while (sum < 20);
     class Base { constructor(n) { this.n = n; } twice() { return 2 * this.n; } }
     class More extends Base { constructor() { super(5); } get three() { return 3; } }
     const { a, ...rest } = { a: 1, ...{ b: 2, c: 3 } };
     const pick = (n) => ({ n });
     return { result: sum + new More().twice() + new More().three + a + rest.b + Math.max(...[4, 9]) + pick(1).n };`,
  );
  expect(call(program)).toBe(20 + 10 + 3 + 1 + 2 + 9 + 1);
});
