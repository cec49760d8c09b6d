// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { backoffDelayMs } from "../src/backoff.ts";
import { CallError } from "../src/call-error.ts";
import { causeOf, isRetriable, RETRY_TABLE, retrying } from "../src/retry.ts";
import { silent } from "./support/gateway.ts";
import { VirtualClock } from "./support/virtual-time.ts";

const status = (code: number) => new CallError("refused", "x", { status: code });
const call = (code: ConstructorParameters<typeof CallError>[0]) => new CallError(code, "x");

test.each<[string, unknown, boolean]>([
  ["connect_timeout", call("connect_timeout"), true],
  ["headers_timeout", call("headers_timeout"), true],
  ["total_timeout", call("total_timeout"), true],
  ["connect_failed", call("connect_failed"), true],
  ["connection_lost", call("connection_lost"), true],
  ["status_408", status(408), true],
  ["status_425", status(425), true],
  ["status_429", status(429), true],
  ["status_500", status(500), true],
  ["status_502", status(502), true],
  ["status_503", status(503), true],
  ["status_504", status(504), true],
  ["status_301", status(301), false],
  ["status_400", status(400), false],
  ["status_401", status(401), false],
  ["status_404", status(404), false],
  ["status_409", status(409), false],
  ["status_413", status(413), false],
  ["status_422", status(422), false],
  ["status_501", status(501), false],
  ["answer_malformed", call("answer_malformed"), false],
  ["answer_too_large", call("answer_too_large"), false],
  ["aborted", call("aborted"), false],
  ["internal", new Error("x"), false],
  ["internal", null, false],
])("%s", (cause, error, expected) => {
  expect([causeOf(error), isRetriable(error)]).toEqual([cause, expected]);
});

test("every row of the table is tested here", () => {
  // The rows above that are retried: written out, so that a new row needs a new line.
  expect(Object.keys(RETRY_TABLE)).toHaveLength(12);
});

test("the wait grows to its limit and spreads over its upper half", () => {
  const rules = { initialMs: 1000, multiplier: 2, maxMs: 5000 };
  const waits = (random: number) =>
    [1, 2, 3, 4, 5].map((n) => backoffDelayMs(rules, n, () => random));
  expect(waits(0)).toEqual([500, 1000, 2000, 2500, 2500]);
  expect(waits(0.999_999)).toEqual([1000, 2000, 4000, 5000, 5000]);
});

function context(retriesMax: number | null) {
  const clock = new VirtualClock();
  const rules = { initialMs: 1000, multiplier: 2, maxMs: 5000 };
  return {
    clock,
    random: () => 0,
    rules,
    retriesMax,
    log: silent,
    onRetry: () => {},
  };
}

test("a limit on retries is kept", async () => {
  const retry = context(2);
  let calls = 0;
  let result: unknown = null;
  const failing = async () => {
    calls++;
    throw status(503);
  };
  retrying(retry, "x", new AbortController().signal, failing).catch((error) => {
    result = error;
  });
  await retry.clock.runUntil(() => result !== null);
  expect([calls, (result as CallError).status]).toEqual([3, 503]);
});

test("an abort ends the wait at once", async () => {
  const retry = context(null);
  const stop = new AbortController();
  const done = retrying(retry, "x", stop.signal, async () => {
    throw status(503);
  });
  stop.abort();
  await expect(done).rejects.toMatchObject({ code: "aborted" });
});
