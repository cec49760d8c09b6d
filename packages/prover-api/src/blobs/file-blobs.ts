// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno } from "../errno.ts";
import type { BlobStore, OpenBlob } from "./blob-store.ts";

/** Blobs as files, in folders by the first byte of their name. */
export class FileBlobs implements BlobStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  #path(digest: string): string {
    return join(this.#directory, digest.slice(0, 2), digest);
  }

  /** Written beside, synced, then renamed: a reader sees the whole blob or none. */
  async put(digest: string, data: Uint8Array): Promise<void> {
    if (await this.has(digest)) return;
    const path = this.#path(digest);
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, "wx");
      try {
        await file.writeFile(data);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async open(digest: string): Promise<OpenBlob | null> {
    try {
      const file = await open(this.#path(digest), "r");
      const { size } = await file.stat();
      return { bytes: size, stream: file.createReadStream() };
    } catch (error) {
      if (isErrno(error, "ENOENT")) return null;
      throw error;
    }
  }

  async has(digest: string): Promise<boolean> {
    try {
      await stat(this.#path(digest));
      return true;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }
}
