// SPDX-License-Identifier: Apache-2.0

/**
 * Size of a slab: large enough to be rare, small enough that one long-lived piece does not hold
 * much.
 */
const SLAB_BYTES = 64 * 1024;

/** Longest piece cut from a slab. Beyond it an array of its own costs no more than filling it. */
const PIECE_BYTES_MAX = 4096;

/**
 * Cuts short byte strings from larger buffers: an array of its own above 64 bytes costs the engine
 * a memory allocation and a finaliser, twenty times the price of a view. Pieces never overlap and
 * are never reused.
 */
export class ByteSlab {
  #slab = new ArrayBuffer(SLAB_BYTES);
  #used = 0;

  /** An array of zeros that nobody else holds; a view, so mind its byteOffset. */
  take(length: number): Uint8Array {
    if (length > PIECE_BYTES_MAX) return new Uint8Array(length);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    const piece = new Uint8Array(this.#slab, this.#used, length);
    this.#used += length;
    return piece;
  }
}
