// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "a0e0afb28639130cff9e41a8596bf31c5396313136600a29f15a9f0a960e982b",
  bytes: "1a4bf489c866828cf957e42fb6a346a4f11096d73cb411a05ff2f3a1824d66e5",
} as const;
