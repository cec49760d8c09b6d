// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from "node:url";
import { bundleService } from "@zeta/app/bundle-service";
import type { Program } from "@zeta/app/program";
import { loadProgram } from "@zeta/app/sandbox/load-program";

const PURSES = fileURLToPath(
  new URL("../../monitor/test/fixtures/purse-service.ts", import.meta.url),
);

let loaded: Promise<Program> | null = null;

/** Purses, a service in TypeScript: calls on one to five records that write, delete and refuse. Loaded once: a realm takes 50 ms. */
export function purseService(): Promise<Program> {
  loaded ??= bundleService(PURSES).then(loadProgram);
  return loaded;
}
