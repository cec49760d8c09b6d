// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES_MAX } from "@zeta/protocol/limits";
import { expect, test } from "vitest";
import { CheckedCall } from "../src/checked-call.ts";
import { encodeArgument } from "../src/encode-argument.ts";
import type { Program } from "../src/program.ts";
import { loadBody } from "./support/load-source.ts";

function checkedCall(program: Program, n: number): CheckedCall {
  const operation = program.operation("call");
  return new CheckedCall(program, operation.number, encodeArgument(operation, { n }));
}

test("a call reads and writes the memory of a store in place", async () => {
  const program = await loadBody(
    "return { result: args.n, writes: { cell: (records.cell ?? 0) + args.n } };",
  );
  const memory = new Uint8Array(KEY_BYTES_MAX + 64).fill(0xee);
  const call = checkedCall(program, 7);
  const key = memory.slice(10, 10 + call.writeKey(0, memory, 10));
  expect(key).toEqual(Uint8Array.of(1, 4, ...Buffer.from("cell"), 0, 1, 0x61));
  memory.set([0, 0, 0, 0, 0, 0, 1, 0], 20);
  call.takeValue(memory, 20, 8);
  memory.fill(0xee);
  call.run();
  expect(call.result()).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7));
  expect([call.count, call.change(0), call.valueLength(0)]).toEqual([1, "write", 8]);
  call.copyValue(0, memory, 30);
  expect(memory.slice(29, 39)).toEqual(Uint8Array.of(0xee, 0, 0, 0, 0, 0, 0, 1, 7, 0xee));
});

test("the outcome of a call is gone when another runs, or was refused", async () => {
  const program = await loadBody('if (args.n < 0) fail("negative"); return { result: args.n };');
  const calls = [1, 2, -3].map((n) => checkedCall(program, n));
  for (const call of calls) call.takeAbsent();
  const [first, second, third] = calls as [CheckedCall, CheckedCall, CheckedCall];
  first.run();
  second.run();
  expect(() => first.result()).toThrow("the call that ran last");
  expect(second.result()[7]).toBe(2);
  expect(second.change(0)).toBe("keep");
  expect(() => third.run()).toThrow("negative");
  for (const call of calls) expect(() => call.change(0)).toThrow("the call that ran last");
});
