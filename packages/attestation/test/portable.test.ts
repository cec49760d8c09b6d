// SPDX-License-Identifier: Apache-2.0
/**
 * What verifies runs in a browser: no Node module anywhere under it, no clock and no randomness of
 * its own.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOURCES = fileURLToPath(new URL("../src/", import.meta.url));

const DOORS = [
  "verdict.ts",
  "evidence.ts",
  "policy.ts",
  "report.ts",
  "verify-service.ts",
  "service-attestation.ts",
];

/** Every file a door imports, directly or not. */
function reachable(file: string, seen: Set<string>): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
    reachable(join(dirname(file), path), seen);
  }
  return seen;
}

const verifying = [
  ...DOORS.reduce((seen, door) => reachable(join(SOURCES, door), seen), new Set<string>()),
];

it("the verifier imports no Node module and no parser of policy files", () => {
  expect(verifying.length).toBeGreaterThan(20);
  const foreign = verifying.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/from "([^."][^"]*)"/g)].map(([, name = ""]) => name),
  );
  const allowed = /^(@noble\/(curves|hashes)|@zeta\/protocol)\//;
  expect(foreign.filter((name) => !allowed.test(name))).toEqual([]);
});

it("the verifier reads no clock, file or network", () => {
  const impure = /\bDate\.now\b|new Date\(\)|performance\.now|Math\.random|\bfetch\(|process\./;
  expect(verifying.filter((file) => impure.test(readFileSync(file, "utf8")))).toEqual([]);
});
