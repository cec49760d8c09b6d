// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ZetaError } from "@zeta/protocol/error";
import { isErrno } from "../errno.ts";
import { type BatchCatalogue, digestOfEntry, entryName, entryText } from "./batch-catalogue.ts";

/** The catalogue as small files beside the blobs. */
export class FileCatalogue implements BatchCatalogue {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Written beside, synced, then linked: a reader sees the whole entry or none, and no entry is ever replaced. */
  async put(number: number, digest: string): Promise<void> {
    const path = join(this.#directory, entryName(number));
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}.draft`;
    try {
      const file = await open(draft, "wx");
      try {
        await file.writeFile(entryText(digest));
        await file.sync();
      } finally {
        await file.close();
      }
      await link(draft, path);
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
      const present = await this.find(number);
      if (present === digest) return;
      throw new ZetaError("batch_conflict", `expected batch ${number} to be new, got ${present}`);
    } finally {
      await rm(draft, { force: true });
    }
  }

  async find(number: number): Promise<string | null> {
    try {
      return digestOfEntry(await readFile(join(this.#directory, entryName(number)), "utf8"));
    } catch (error) {
      if (isErrno(error, "ENOENT")) return null;
      throw error;
    }
  }
}
