// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "df0e47ca39df2de064fc4d697c7d676f253dc7368e4c25649d5c065bfaa234ad",
  bytes: "af92a4daa7a84cfb8a633fb5eb54b3545953d45f6d57e87cc6e53d8abbf3743e",
} as const;
