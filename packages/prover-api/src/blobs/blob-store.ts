// SPDX-License-Identifier: Apache-2.0
import type { Readable } from "node:stream";

/**
 * Where batch data lies, named by its SHA-256 (lower-case hex). Content never changes under a name, so writing the same blob twice is
 * harmless and a reader can check what it gets. Every method rejects when the store cannot be reached.
 */
export interface BlobStore {
  /** Returns when the blob will survive this process. */
  put(digest: string, data: Uint8Array): Promise<void>;
  /** Null when there is no such blob. The stream must be read or destroyed. */
  open(digest: string): Promise<OpenBlob | null>;
  has(digest: string): Promise<boolean>;
}

export interface OpenBlob {
  readonly bytes: number;
  readonly stream: Readable;
}
