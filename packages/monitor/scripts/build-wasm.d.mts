// SPDX-License-Identifier: Apache-2.0
/** Compiles one entry file of `assembly/` and returns the module. */
export function compile(entry: string, profile: "kv64" | "bytes"): Promise<Uint8Array<ArrayBuffer>>;

export function sha256Hex(bytes: Uint8Array): string;
