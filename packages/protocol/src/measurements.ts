// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "521a6c63dc469107647b0bff7d51fa1eb32dca962ff58ba864811fd87f000e04",
  bytes: "2b6ad1acc20121eddfbae701464a3a88ff57fe68a02ab1ace1f038a21e740d4d",
} as const;
