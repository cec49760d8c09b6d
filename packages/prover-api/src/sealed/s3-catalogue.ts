// SPDX-License-Identifier: Apache-2.0
import { reaching, type S3Config, s3Client, unexpected } from "../blobs/s3-blobs.ts";
import { type BatchCatalogue, digestOfEntry, entryName, entryText } from "./batch-catalogue.ts";

/** The catalogue as small objects beside the blobs. One service writes it, so that no entry needs a lock. */
export class S3Catalogue implements BatchCatalogue {
  readonly #client: ReturnType<typeof s3Client>;
  readonly #prefix: string;

  constructor(config: S3Config) {
    this.#client = s3Client(config);
    this.#prefix = config.prefix ?? "";
  }

  async put(number: number, digest: string): Promise<void> {
    const response = await reaching(() =>
      this.#client.putObject(`${this.#prefix}${entryName(number)}`, entryText(digest)),
    );
    if (!response.ok) throw unexpected("stored entry", response.status);
  }

  async find(number: number): Promise<string | null> {
    const text = await reaching(() =>
      this.#client.getObject(`${this.#prefix}${entryName(number)}`),
    );
    return text === null ? null : digestOfEntry(text);
  }
}
