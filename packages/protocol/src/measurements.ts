// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "05668a7f6e7489ee54a9dde3742e3d755c08df6bf34b9e28f635ff988be8755f",
  bytes: "5cf18b231c8b2854d3e890f3179b9132b00e8520e5df900920e611bfdd5f8782",
} as const;
