// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "0433a849f226dafaaa6a9bb404c03597b454fc646485f3a0831cb9eac8aab596",
  bytes: "d96b6d6fa34a81d06d94a75a1f245ed43263cde659e6c9fec446d73c3b28150c",
} as const;
