// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import type { Program } from "@zeta/app/program";
import { loadProgram } from "@zeta/app/sandbox/load-program";

const PACKAGES = new URL("../../", import.meta.url);
const loaded = new Map<string, Promise<Program>>();

/** Purses: calls on one to five records that write, delete and refuse. */
export function purseService(): Promise<Program> {
  return serviceOf("monitor/test/fixtures/purse-service.ts");
}

/** The bank among the built-in services: calls on up to sixteen records, and workflows. */
export function bankService(): Promise<Program> {
  return serviceOf("app/src/services/bank.ts");
}

/** Loaded once: a realm takes 50 ms. */
function serviceOf(path: string): Promise<Program> {
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const program = bundleService(fileURLToPath(new URL(path, PACKAGES))).then(loadProgram);
  loaded.set(path, program);
  return program;
}
