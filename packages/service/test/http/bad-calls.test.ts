// SPDX-License-Identifier: Apache-2.0
/** Calls of a service in TypeScript that must not happen: a code for their caller, nothing executed, and a monitor that goes on. */
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAppService } from "../../src/app-service.ts";
import { problem } from "../support/problem.ts";
import { createTestService, type TestService } from "../support/service.ts";

const FILE = fileURLToPath(new URL("../fixtures/misbehaving-service.ts", import.meta.url));
/** One for all: each call finds it as the one before left it. */
let running: TestService;

beforeAll(async () => {
  running = createTestService({ service: loadAppService(await bundleService(FILE)) });
});

afterAll(() => running?.close());

function post(operation: string, payload: unknown) {
  const headers = { "content-type": "application/json" };
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  return running.app.inject({ method: "POST", url: `/v1/ops/${operation}`, headers, body });
}

const BAD_CALLS = [
  ["an argument left out", "add", { at: 1 }, [400, "invalid_argument"]],
  ["an argument too many", "add", { at: 1, by: 1, more: 1 }, [400, "invalid_argument"]],
  ["an argument of another type", "add", { at: "1", by: 1 }, [400, "invalid_argument"]],
  ["an argument out of bounds", "add", { at: 1, by: 10 }, [400, "invalid_argument"]],
  ["an integer that is none", "add", { at: 1, by: 1.5 }, [400, "invalid_argument"]],
  ["no object", "add", [1], [400, "invalid_argument"]],
  ["nothing", "add", null, [400, "invalid_argument"]],
  ["what is not JSON", "add", "{", [400, "invalid_json"]],
  ["an operation that is not there", "subtract", { at: 1 }, [400, "unknown_operation"]],
  ["a name from every object", "constructor", {}, [400, "unknown_operation"]],
  ["a record that is not there", "demand", { at: 9 }, [422, "no_such_cell"]],
  ["a key that cannot be", "add", { at: 100, by: 1 }, [422, "invalid_key"]],
  ["more records than declared", "several", { at: [1, 2, 3] }, [422, "invalid_key"]],
  ["no record at all", "several", { at: [] }, [422, "invalid_key"]],
  ["one record twice", "several", { at: [1, 1] }, [422, "duplicate_record"]],
  ["a write beside the declared", "elsewhere", { at: 1 }, [422, "undeclared_record"]],
  ["a write of another type", "mistype", { at: 1 }, [422, "invalid_write"]],
  ["a result of another type", "misanswer", { at: 1 }, [422, "invalid_result"]],
  ["a function that throws", "throws", { at: 1 }, [422, "function_threw"]],
  ["a function that does not end", "endless", { at: 1 }, [422, "fuel_exhausted"]],
  ["a function that calls itself", "deep", { at: 1 }, [422, "call_too_deep"]],
  ["a function that remembers", "remembers", { at: 1 }, [422, "impure_function"]],
] as const;

describe("a call that must not happen", () => {
  test.each(BAD_CALLS)("%s", async (_name, operation, args, refusal) => {
    const before = (await post("add", { at: 1, by: 5 })).json().result;
    const { logBytes } = running.engine.instance;
    expect(problem(await post(operation, args))).toEqual(refusal);
    expect(running.engine.instance.logBytes).toBe(logBytes);
    expect((await post("add", { at: 1, by: 1 })).json().result).toBe(before + 1);
    await running.engine.closeEpoch();
    expect(running.engine.refusal).toBe(null);
  });
});

test("all of them between honest calls leave one certified epoch of the honest ones", async () => {
  const ids: string[] = [];
  for (const [, operation, args] of BAD_CALLS) {
    const honest = await post("add", { at: 2, by: 1 });
    ids.push(honest.json().requestId);
    await post(operation, args);
  }
  const epoch = await running.engine.closeEpoch();
  for (const id of ids) {
    const receipt = (await running.app.inject({ url: `/v1/receipts/${id}` })).json();
    expect(receipt).toMatchObject({ status: "certified", epoch });
  }
  const last = await post("demand", { at: 2 });
  expect(last.json().result).toBe(BAD_CALLS.length);
});

test("the key-value service's calls do not exist beside a service", async () => {
  const put = await running.app.inject({ method: "PUT", url: "/v1/kv/a", payload: "1" });
  expect(put.statusCode).toBe(404);
});
