// SPDX-License-Identifier: Apache-2.0
/** Compiles the store's hot path for a profile and returns the module. */
export function compileStore(profile: "kv64" | "bytes"): Promise<Uint8Array<ArrayBuffer>>;
