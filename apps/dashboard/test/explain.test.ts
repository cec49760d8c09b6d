// SPDX-License-Identifier: Apache-2.0
import { REFUSAL_CODES } from "@zeta/client";
import { CHECK_IDS } from "@zeta/protocol/checks";
import { expect, test } from "vitest";
import { explain } from "../src/model/explain.ts";

test("every refusal has a sentence of its own", () => {
  const sentences = REFUSAL_CODES.map((code) => explain(code, null));
  expect(new Set(sentences).size).toBe(REFUSAL_CODES.length);
  expect(sentences.filter((one) => !/^[A-Z].*\.$/.test(one))).toEqual([]);
});

test("every check of the monitor is explained, not only named", () => {
  const unknown = explain("violation", null);
  const checks = CHECK_IDS.filter((id) => id !== "ok");
  expect(checks.filter((id) => explain("violation", id) === unknown)).toEqual([]);
  expect(explain("violation", "A.hash")).not.toBe(explain("violation", "A.poison"));
});

test("a check that this release does not know is no reason to fail", () => {
  expect(explain("violation", "Q.new")).toBe(explain("violation", null));
  expect(explain("violation", "constructor")).toBe(explain("violation", null));
});
