// SPDX-License-Identifier: Apache-2.0
/**
 * The few file operations that attestation devices need, done exactly as those devices want them.
 */

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rmdir } from "node:fs/promises";

/**
 * A place where a TEE shows its files. Errors are those of the system, with their `code` (`ENOENT`,
 * `EBUSY`, ...).
 */
export interface FileTree {
  /**
   * Opens, reads to the end of file whatever size the file claims, closes. At most `max` + 1 bytes
   * are read.
   */
  read(path: string, max: number): Promise<Uint8Array>;
  /**
   * Opens an existing file, writes everything in ONE call, closes. Throws if the call took only a
   * part.
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Removes one directory: attributes inside it are not ours to unlink. */
  removeDirectory(path: string): Promise<void>;
}

/** The real file system. Asynchronous throughout: a quote can take seconds. */
export const systemFileTree: FileTree = {
  async read(path, max) {
    // A symbolic link in a world-writable directory would let others choose what we read.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await readToEnd(handle, max);
    } finally {
      await handle.close();
    }
  },
  async write(path, bytes) {
    // No O_CREAT and no O_TRUNC: these files exist, and some react to being truncated.
    const handle = await open(path, constants.O_WRONLY);
    try {
      const { bytesWritten } = await handle.write(bytes);
      if (bytesWritten !== bytes.length) {
        throw new Error(`expected one write of ${bytes.length} bytes, got ${bytesWritten}`);
      }
    } finally {
      await handle.close();
    }
  },
  async makeDirectory(path) {
    await mkdir(path);
  },
  async removeDirectory(path) {
    await rmdir(path);
  },
};

async function readToEnd(handle: FileHandle, max: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(max + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.slice(0, length);
}

/** The system's error code, such as `EACCES`; empty if it is another kind of error. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
