// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "22213e9bb40c3d300c32688e792a008b3e505b0761fddbb1efbe950492d384b0",
  bytes: "0d50cb9cdf2c1f4db4a0663be160719d88398aed935bfd6303c4debed24cb5e7",
} as const;
