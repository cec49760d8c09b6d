// SPDX-License-Identifier: Apache-2.0
/** Compiles one entry file of `assembly/` and returns the module. `edit` may change a source's text before it is read. */
export function compile(
  entry: string,
  profile: "kv64" | "bytes",
  edit?: (file: string, text: string) => string,
): Promise<Uint8Array<ArrayBuffer>>;

export function sha256Hex(bytes: Uint8Array): string;
