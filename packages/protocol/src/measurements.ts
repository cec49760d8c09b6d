// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "1ea88eb7db14898d409008d0c1daa3e3b5c8abd2454880a06ec9e579d43c8d13",
  bytes: "5cf18b231c8b2854d3e890f3179b9132b00e8520e5df900920e611bfdd5f8782",
} as const;
