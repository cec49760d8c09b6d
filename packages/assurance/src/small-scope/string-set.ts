// SPDX-License-Identifier: Apache-2.0
/** V8 refuses a set of more than 2^24 members, so a large one is made of many. */
const SHARDS = 64;

/** A set of strings of any size. */
export class StringSet {
  readonly #shards = Array.from({ length: SHARDS }, () => new Set<string>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** False when it was there already. */
  add(text: string): boolean {
    const shard = this.#shards[shardOf(text)] as Set<string>;
    const before = shard.size;
    shard.add(text);
    if (shard.size === before) return false;
    this.#size++;
    return true;
  }
}

function shardOf(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return (hash ^ (hash >>> 15)) & (SHARDS - 1);
}
