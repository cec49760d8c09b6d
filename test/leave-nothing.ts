// SPDX-License-Identifier: Apache-2.0
/**
 * Most test files follow one another in one process (vitest.config.ts), so that each module is loaded once. So each must leave the
 * process as it was, or the next one fails for reasons of its neighbour's.
 */
import { afterAll, beforeAll, expect, vi } from "vitest";

/** Servers, connections and children, as Node names them. It does not tell of threads, nor of timers that hold nothing up. */
const HELD = ["TCPServerWrap", "TCPSocketWrap", "PipeWrap", "ProcessWrap"];

/** What was closed needs a moment until it is gone. */
const GONE_MS = 3_000;

function held(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => HELD.includes(kind));
}

function state() {
  return {
    directory: process.cwd(),
    environment: { ...process.env },
    signals: ["SIGTERM", "SIGINT", "SIGHUP"].map((signal) => process.listenerCount(signal)),
    fakeTimers: vi.isFakeTimers(),
    mocked: vi.isMockFunction(process.stdout.write) || vi.isMockFunction(process.stderr.write),
    exitCode: process.exitCode,
  };
}

let before: ReturnType<typeof state>;
let heldBefore: readonly string[];

beforeAll(() => {
  before = state();
  heldBefore = held();
});

afterAll(async () => {
  expect(state(), "a test file leaves the process as it was").toEqual(before);
  await vi.waitFor(
    () =>
      expect(held().sort(), "a test file closes what it opened").toEqual([...heldBefore].sort()),
    { timeout: GONE_MS },
  );
});
