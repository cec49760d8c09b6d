// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES, KEY_BYTES_MAX } from "@zeta/protocol/limits";
import type { BytesExports } from "./bytes-exports.ts";
import type { ShareOut } from "./share-out.ts";
import { storeModule } from "./store-module.ts";
import { webAssembly } from "./webassembly.ts";

const PAGE_BYTES = 65_536;

/** Says which of several workers owns a key (profile `bytes`): an instance of the store's module that only hashes. */
export class KeyOwner {
  readonly #plan: ShareOut;
  readonly #exports: BytesExports;
  readonly #memory: Uint8Array;

  constructor(plan: ShareOut) {
    this.#plan = plan;
    const instance = new webAssembly.Instance(storeModule("bytes"), {});
    this.#exports = instance.exports as BytesExports;
    const { memory } = this.#exports;
    const at = this.#exports.requestsAddress();
    const missing = at + KEY_BYTES_MAX - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#memory = new Uint8Array(memory.buffer, at, KEY_BYTES_MAX);
  }

  /** The number of the worker. */
  of(key: Uint8Array): number {
    assert(key.length <= KEY_BYTES_MAX, `keys of at most ${KEY_BYTES_MAX} bytes`);
    this.#memory.set(key);
    return this.#plan.ownerOf(this.#exports.pathBits(key.length));
  }

  /** The same by the digest of the key: paths begin with the lowest bits of W (docs/formats.md §1), which stand last. */
  ofDigest(digest: Uint8Array): number {
    assert(digest.length === DIGEST_BYTES, `a digest of ${DIGEST_BYTES} bytes`);
    const view = new DataView(digest.buffer, digest.byteOffset, digest.length);
    return this.#plan.ownerOf(view.getUint32(DIGEST_BYTES - 4));
  }
}
