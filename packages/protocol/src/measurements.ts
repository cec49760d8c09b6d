// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "521a6c63dc469107647b0bff7d51fa1eb32dca962ff58ba864811fd87f000e04",
  bytes: "07575424c0c94c9d8601074be5124afcd3d3cafe5619ea360764f207dc0e8762",
} as const;
