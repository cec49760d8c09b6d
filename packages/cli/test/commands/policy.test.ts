// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPolicy } from "../../src/evidence/policy-file.ts";

const MEASUREMENT = "ab".repeat(32);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "zeta-policy-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, "policy.json");
  writeFileSync(path, content);
  return path;
}

it("reads a policy", () => {
  const policy = { allowSimulation: false, measurements: [MEASUREMENT] };
  expect(readPolicy(file(JSON.stringify(policy)))).toEqual(policy);
});

// A policy that is only half understood must never pass for a lenient one.
it.each([
  ["", "expected a readable JSON file"],
  ["null", "expected the members"],
  ["[]", "expected the members"],
  ["{}", "expected the members"],
  ['{"allowSimulation":true}', "expected the members"],
  ['{"allowSimulation":true,"measurements":[],"more":1}', "expected the members"],
  ['{"allowSimulation":"false","measurements":[]}', "expected true or false"],
  ['{"allowSimulation":1,"measurements":[]}', "expected true or false"],
  ['{"allowSimulation":true,"measurements":"x"}', "expected a list"],
  ['{"allowSimulation":true,"measurements":[1]}', "expected 64 lower-case hex digits"],
  [`{"allowSimulation":true,"measurements":["${"AB".repeat(32)}"]}`, "expected 64 lower-case"],
  [`{"allowSimulation":true,"measurements":["${"ab".repeat(31)}"]}`, "expected 64 lower-case"],
])("refuses %s", (content, message) => {
  expect(() => readPolicy(file(content))).toThrow(message);
});
