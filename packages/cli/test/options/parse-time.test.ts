// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { parseTime } from "../../src/options/parse-time.ts";

it.each([
  ["2025-06-20", "2025-06-20T00:00:00.000Z"],
  ["2025-06-20T12:30Z", "2025-06-20T12:30:00.000Z"],
  ["2025-06-20T12:30:05.25Z", "2025-06-20T12:30:05.250Z"],
  ["2025-06-20T02:00:00+02:00", "2025-06-20T00:00:00.000Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["1750377600", "2025-06-20T00:00:00.000Z"],
])("%s is %s", (text, time) => {
  expect(parseTime(text).toISOString()).toBe(time);
});

it.each(["", "now", "2025-6-1", "2025-02-30", "2025-13-01", "2025-06-20T12:30", "-1", "1e9"])(
  "%j is refused",
  (text) => {
    expect(() => parseTime(text)).toThrow("expected a time such as");
  },
);
