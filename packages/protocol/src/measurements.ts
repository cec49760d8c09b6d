// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "94aa5f34d3433b78dc609c159010c1379b283a5b4962a031c83649ec51809bb6",
  bytes: "0863afaa4defc63e465f668379d85b68eac6732479bb7ac5f49b68b5b88875bb",
} as const;
