// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { defineService } from "../src/define-service.ts";
import { fail, list, operation, record, t, workflow } from "../src/index.ts";
import { runLocally } from "../src/run-locally.ts";
import counter from "../src/services/counter.ts";

const cell = record({ key: t.integer({ minimum: 0 }), value: t.integer() });

const cells = defineService({
  name: "cells",
  version: "1",
  records: { cell },
  operations: {
    set: operation({
      arguments: t.object({ at: t.integer(), to: t.nullable(t.integer()) }),
      result: t.boolean(),
      touches: { cell },
      keys: ({ at }) => ({ cell: at }),
      run: ({ to }, records) => ({ result: records.cell !== null, writes: { cell: to } }),
    }),
    swap: operation({
      arguments: t.object({ a: t.integer(), b: t.integer() }),
      result: t.object({}),
      touches: { a: cell, b: cell },
      keys: ({ a, b }) => ({ a, b }),
      run: (_, { a, b }) => ({ result: {}, writes: { a: b, b: a } }),
    }),
    sum: operation({
      arguments: t.object({ keys: t.array(t.integer()) }),
      result: t.integer(),
      touches: { cells: list(cell, 16) },
      keys: ({ keys }) => ({ cells: keys }),
      run: (_, records) => ({
        result: records.cells.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      }),
    }),
  },
  workflows: {
    total: workflow({
      arguments: t.object({ count: t.integer({ minimum: 0 }) }),
      state: t.object({ next: t.integer(), sum: t.integer() }),
      result: t.integer(),
      touches: { cells: list(cell, 15) },
      start: () => ({ next: 0, sum: 0 }),
      keys({ count }, { next }) {
        const size = Math.min(15, count - next);
        if (size === 0) return null;
        return { cells: Array.from({ length: size }, (_, i) => next + i) };
      },
      step: (_, { next, sum }, records) => ({
        next: next + records.cells.length,
        sum: records.cells.reduce<number>((so, one) => so + (one ?? fail("no_such_cell")), sum),
      }),
      finish: (_, { sum }) => sum,
    }),
  },
});

describe("a service run locally", () => {
  test("keeps its records between calls", () => {
    const local = runLocally(counter);
    expect(local.add({ name: "a", by: 2 })).toEqual({ value: 2 });
    expect(local.add({ name: "a", by: 3 })).toEqual({ value: 5 });
    expect(local.read({ name: "b" })).toEqual({ value: 0 });
  });

  test("refuses arguments, keys and lists that do not fit", () => {
    const local = runLocally(cells);
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => runLocally(counter).add({ name: "a", by: 0 })).toThrowError(
      refused("invalid_argument"),
    );
    expect(() => local.set({ at: -1, to: 1 })).toThrowError(refused("invalid_key"));
    expect(() => local.swap({ a: 1, b: 1 })).toThrowError(refused("duplicate_record"));
    expect(() => local.sum({ keys: [] })).toThrowError(refused("invalid_key"));
    expect(() => local.sum({ keys: Array.from({ length: 17 }, (_, i) => i) })).toThrowError(
      refused("invalid_key"),
    );
  });

  test("touches several records, named or as a list, and deletes", () => {
    const local = runLocally(cells);
    local.set({ at: 1, to: 10 });
    expect(local.swap({ a: 1, b: 2 })).toEqual({});
    expect(local.sum({ keys: [1, 2] })).toBe(10);
    expect(local.set({ at: 2, to: null })).toBe(true);
    expect(local.set({ at: 2, to: null })).toBe(false);
  });
});

describe("a workflow run locally", () => {
  test.each([0, 1, 15, 16, 100])("adds up %i records in as many calls as it takes", (count) => {
    const local = runLocally(cells);
    for (let at = 0; at < count; at++) local.set({ at, to: at });
    expect(local.total({ count })).toBe((count * count - count) / 2);
  });

  test("that fails half-way leaves nothing behind", () => {
    const local = runLocally(cells);
    for (let at = 0; at < 20; at++) local.set({ at, to: 1 });
    expect(() => local.total({ count: 21 })).toThrowError(/no_such_cell/);
    local.set({ at: 20, to: 1 });
    expect(local.total({ count: 21 })).toBe(21);
  });
});
