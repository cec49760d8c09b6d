// SPDX-License-Identifier: Apache-2.0
/**
 * SHA-256 of the monitor modules that this version builds: what a client expects in a quote. Written by
 * `packages/monitor/scripts/build-wasm.mjs --update-measurements`; a test rebuilds the modules and compares.
 */
export const MONITOR_MEASUREMENTS = {
  kv64: "cc965d6ffad32877f91be9888450a237b3df72fc2e3ef3bccfeac9d6bdcd860a",
  bytes: "bffe0662b3e672c0850258fe72a30be345119afbe99a0485871421221d0bf4d2",
} as const;
