// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { BytesExports } from "./bytes-exports.ts";
import { storeModule } from "./store-module.ts";
import { webAssembly } from "./webassembly.ts";

const PAGE_BYTES = 65_536;

/**
 * Digests values as a transact compares them: an instance of the store's module that only hashes. `blake3Digest` of the protocol gives the same bytes, but takes
 * tens of milliseconds for a megabyte, which a service with one event loop has not.
 */
export class ValueDigest {
  readonly #exports: BytesExports;
  readonly #at: number;
  readonly #memory: Uint8Array;

  constructor() {
    const instance = new webAssembly.Instance(storeModule("bytes"), {});
    this.#exports = instance.exports as BytesExports;
    const { memory } = this.#exports;
    this.#at = this.#exports.requestsAddress();
    const missing = this.#at + VALUE_BYTES_MAX - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#memory = new Uint8Array(memory.buffer);
  }

  /** BLAKE3-256. */
  of(value: Uint8Array): Uint8Array<ArrayBuffer> {
    assert(value.length <= VALUE_BYTES_MAX, `values of at most ${VALUE_BYTES_MAX} bytes`);
    this.#memory.set(value, this.#at);
    const at = this.#exports.digest(value.length);
    return Uint8Array.from(this.#memory.subarray(at, at + DIGEST_BYTES));
  }
}
