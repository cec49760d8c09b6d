// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles one entry file of the `assembly/` of the package in folder `room`, with constants such as `PROFILE_BYTES=1`, and returns the
 * module. `edit` may change the text of the package's own files before it is read.
 */
export function compileAssembly(
  room: URL,
  entry: string,
  constants?: readonly string[],
  edit?: (file: string, text: string) => string,
): Promise<Uint8Array<ArrayBuffer>>;

/** The sources of the hash functions: what a cache of built modules depends on beside the package's own. */
export function hashSources(): Promise<string[]>;
