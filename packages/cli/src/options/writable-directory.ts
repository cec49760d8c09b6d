// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, readdirSync } from "node:fs";
import { makeDirectory } from "@zeta/storage/make-directory";
import { usageError } from "../exit.ts";

/** What is kept there is its owner's. */
const MODE = 0o700;

/**
 * Makes a directory that a setting names, unless it is there, before anything is started with it.
 *
 * @param setting how the person who gave it knows it, such as `--data`; the directory follows it in a message.
 * @throws ZetaError `usage` for a place where there is none and none can be made, or that cannot be read and written.
 */
export function openWritable(setting: string, directory: string): void {
  try {
    makeDirectory(directory, MODE);
    readdirSync(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw usageError(
      `${setting} ${directory}: expected a directory that can be written, got ${reason}`,
      error,
    );
  }
}
