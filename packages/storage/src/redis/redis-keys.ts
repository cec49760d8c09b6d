// SPDX-License-Identifier: Apache-2.0

/** Hashes over which the records are spread by the first 12 bits of their digests: each is read at once, and small enough for that. */
export const SHARDS = 4096;

/** The keys of one service. The braces keep them on one node of a cluster, so that a script may touch them all. */
export class RedisKeys {
  readonly prefix: string;
  /** String: the format line. */
  readonly format: string;
  /** String: who writes. */
  readonly writer: string;
  /** Hash: `bytes`, `journalStart`, `redo` (blocks to be applied), `generation` (checkpoints so far). */
  readonly head: string;
  /** List: framed entries. */
  readonly journal: string;
  /** List: blocks of changes of a checkpoint on its way. */
  readonly redo: string;
  /** Sorted set, all of one score: names in the order of their bytes. */
  readonly names: string;
  /** Hash of u64 number to framed page. */
  readonly pages: string;
  /** What the names of the hashes of records begin with. */
  readonly records: string;

  constructor(serviceId: string) {
    this.prefix = `zeta:{${serviceId}}:`;
    this.format = `${this.prefix}format`;
    this.writer = `${this.prefix}writer`;
    this.head = `${this.prefix}head`;
    this.journal = `${this.prefix}journal`;
    this.redo = `${this.prefix}redo`;
    this.names = `${this.prefix}names`;
    this.pages = `${this.prefix}pages`;
    this.records = `${this.prefix}records:`;
  }

  /** Hash of digest to `00`, or `01` ‖ value. */
  shard(n: number): string {
    return `${this.records}${n.toString(16).padStart(3, "0")}`;
  }
}
