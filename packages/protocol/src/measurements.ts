// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "13d7e37c36d0830c753c9408effa24db4a9dc5bcf59ee01adc48e235bec8e4a3",
  bytes: "a148dce8b6d10e2fe596f453b0960bac3e25d1959b68fc19d748f737ce2749bd",
} as const;
