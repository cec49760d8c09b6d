// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleService } from "../src/bundle-service.ts";
import { loadProgram } from "../src/sandbox/load-program.ts";

const NAMES = ["counter", "bank", "password", "token", "access-policy", "wallet"];

test.each(NAMES)("%s runs in the sandbox", async (name) => {
  const file = fileURLToPath(new URL(`../src/services/${name}.ts`, import.meta.url));
  const { manifest } = loadProgram(await bundleService(file));
  expect(manifest.name).toBe(name);
});
