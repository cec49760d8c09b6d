// SPDX-License-Identifier: Apache-2.0
/** Compiles the store's hot path and returns the module. */
export function compileStore(): Promise<Uint8Array<ArrayBuffer>>;
