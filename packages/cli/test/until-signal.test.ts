// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from "vitest";
import { type StopRequest, stopRequest, unlessStopped } from "../src/until-signal.ts";

/** A request whose signal comes when the test says so, and not from the system. */
function request(): { readonly stop: StopRequest; readonly come: () => void } {
  const before = new Set(process.listeners("SIGTERM"));
  const stop = stopRequest();
  const [ours] = process.listeners("SIGTERM").filter((listener) => !before.has(listener));
  return { stop, come: () => ours?.("SIGTERM") };
}

let stderr: MockInstance<typeof process.stderr.write>;
beforeEach(() => {
  stderr = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
  stderr.mockRestore();
  // It stays for good: a terminal that is closed sends it more than once.
  process.removeAllListeners("SIGHUP");
});

test("a start that ends with the request's reason was given up", async () => {
  const { stop, come } = request();
  const starting = new Promise<never>((_done, fail) => {
    stop.signal.addEventListener("abort", () => fail(stop.signal.reason));
  });
  const ended = unlessStopped(stop, starting);
  come();
  expect(await ended).toBeNull();
  expect(await stop.asked).toBe("SIGTERM");
  expect(stderr).toHaveBeenCalledWith(expect.stringMatching(/^SIGTERM: stopping before the start/));
});

test("one that was faster is there, and one that failed has failed", async () => {
  const { stop, come } = request();
  expect(await unlessStopped(stop, Promise.resolve(7))).toBe(7);
  const failed = new Error("no port");
  come();
  await expect(unlessStopped(stop, Promise.reject(failed))).rejects.toBe(failed);
});
