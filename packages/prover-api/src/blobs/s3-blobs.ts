// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ZetaError } from "@zeta/protocol/error";
import { S3mini } from "s3mini";
import type { BlobStore, OpenBlob } from "./blob-store.ts";

export interface S3Config {
  /** With the bucket as last path element, e.g. `https://s3.example.com/batches`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Put before every name, e.g. `zeta/`. */
  readonly prefix?: string;
}

/** A store that answers later than this counts as one that does not. */
const REQUEST_MS_MAX = 60_000;

export function s3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Config): S3mini {
  const credentials = { accessKeyId, secretAccessKey };
  return new S3mini({ endpoint, region, ...credentials, requestAbortTimeout: REQUEST_MS_MAX });
}

/** Blobs as objects of an S3-compatible store. */
export class S3Blobs implements BlobStore {
  readonly #client: S3mini;
  readonly #prefix: string;

  constructor(config: S3Config) {
    this.#client = s3Client(config);
    this.#prefix = config.prefix ?? "";
  }

  async put(digest: string, data: Uint8Array): Promise<void> {
    const response = await reaching(() =>
      this.#client.putObject(`${this.#prefix}${digest}`, Buffer.from(data)),
    );
    if (!response.ok) throw unexpected("stored object", response.status);
  }

  async open(digest: string): Promise<OpenBlob | null> {
    const response = await reaching(() =>
      this.#client.getObjectResponse(`${this.#prefix}${digest}`),
    );
    if (response === null) return null;
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    if (!response.ok || response.body === null || !Number.isSafeInteger(length)) {
      throw unexpected("object with a length", response.status);
    }
    const stream = Readable.fromWeb(response.body as unknown as ReadableStream);
    return { bytes: length, stream };
  }

  async has(digest: string): Promise<boolean> {
    return (await reaching(() => this.#client.objectExists(`${this.#prefix}${digest}`))) === true;
  }
}

/** Whatever the client throws, network or refusal, is the store's trouble. */
export async function reaching<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new ZetaError("blob_store", "expected an answer from the S3 store", { cause });
  }
}

export function unexpected(what: string, status: number): ZetaError {
  return new ZetaError("blob_store", `expected a ${what} from the S3 store, got status ${status}`);
}
