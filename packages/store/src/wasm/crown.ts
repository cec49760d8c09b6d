// SPDX-License-Identifier: Apache-2.0
/**
 * The crown: the tree above the nodes of the groups that workers own ("tops"). Thread 0 hands the tops out through deferred memory, which
 * leaves the whole crown made, and takes them back from there when the whole tree is to be at rest: then the root commits to everything.
 * The log of both is written here, since it is the same whatever the store of thread 0 does; that has nothing in slots meanwhile but its root.
 */
import { type BaseKey, type Direction, direction } from "@zeta/protocol/base-key";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { ByteWriter } from "@zeta/protocol/byte-writer";
import { blake3Digest, merkleValueBytes } from "@zeta/protocol/digest";
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { type LogEntry, writeLogEntry } from "@zeta/protocol/log-entry";
import type { Profile } from "@zeta/protocol/profile";
import {
  type Descriptor,
  EMPTY_MERKLE_VALUE,
  type MerkleValue,
  readMerkleValue,
  withDescriptor,
} from "@zeta/protocol/record";
import { encodeRootValue } from "@zeta/protocol/root-value";

/** A top that a worker handed back. */
export interface HandedTop {
  readonly group: number;
  /** Its Merkle value, as in the log. */
  readonly value: Uint8Array;
  /** When it was evicted: the epoch above 32 bits of counter. */
  readonly time: bigint;
  /** The worker's monitor thread. */
  readonly thread: number;
}

/** What thread 0 logs, and what follows from it. */
export interface HandOut {
  readonly log: Uint8Array;
  /** Counters of the epoch at which the tops were evicted, by group. */
  readonly times: readonly number[];
}

const SIDES = [0, 1] as const;
/** A node that was just made: its parent has no hash of it yet. */
const NO_HASH = new Uint8Array(DIGEST_BYTES);

/** Its nodes are in the slots of their depth while thread 0 has them, the root in slot 0: depth first, one slot per level is enough. */
export class Crown {
  readonly #groupBits: number;
  readonly #profile: Profile;
  /** By {@link nameOf}: the nodes that there are, tops among them while they are at rest. */
  readonly #nodes = new Map<number, MerkleValue>();

  private constructor(groupBits: number, profile: Profile) {
    this.#groupBits = groupBits;
    this.#profile = profile;
  }

  /** Above a tree in which nothing is. */
  static empty(groupBits: number, profile: Profile): Crown {
    const crown = new Crown(groupBits, profile);
    crown.#nodes.set(nameOf(0, 0), EMPTY_MERKLE_VALUE);
    return crown;
  }

  /**
   * Above a tree at rest (profile `bytes`).
   *
   * @param tops values of the tops by group, as workers have restored them: one that is not in the tree stands for what is below it
   * @param fullDepth down to this depth the tree has all nodes; below it one wherever both sides have something
   */
  static above(tops: readonly Uint8Array[], groupBits: number, fullDepth: number): Crown {
    assert(tops.length === 2 ** groupBits, `${2 ** groupBits} tops, got ${tops.length}`);
    const crown = new Crown(groupBits, "bytes");
    crown.#plant(0, 0, tops.map(readValue), fullDepth);
    return crown;
  }

  /** The value of the root, as the monitor has it; names the whole state at rest only. */
  get rootValue(): Uint8Array {
    return encodeRootValue(this.#valueOf(0, 0));
  }

  /** Makes the node, if it is one of the tree; returns what its parent knows of this place. */
  #plant(
    depth: number,
    path: number,
    tops: readonly MerkleValue[],
    fullDepth: number,
  ): Descriptor | null {
    const below = (side: Direction) =>
      this.#plant(depth + 1, pathBelow(depth, path, side), tops, fullDepth);
    const value =
      depth === this.#groupBits ? (tops[path] as MerkleValue) : ([below(0), below(1)] as const);
    const [left, right] = value;
    const isNode = depth <= fullDepth || (left !== null && right !== null);
    if (!isNode) return left ?? right;
    this.#nodes.set(nameOf(depth, path), value);
    return { key: keyOf(depth, path), hash: hashOf(value), inDeferred: false };
  }

  /** Hands the tops out, making those that there are not, at the beginning of an epoch. Times begin at 1, since an evict must be later than the clock. */
  handOut(epoch: number): HandOut {
    const writer = new ByteWriter(1 << 16);
    const times: number[] = [];
    let counter = 0;
    const log = (entry: LogEntry) => writeLogEntry(writer, entry, this.#profile);
    const descend = (depth: number, path: number): void => {
      for (const side of SIDES) {
        const [child, slot] = [pathBelow(depth, path, side), depth + 1];
        this.#fetch(depth, path, side, log);
        if (slot < this.#groupBits) {
          descend(slot, child);
          this.#putBack(depth, path, side, this.#valueOf(slot, child), log);
          continue;
        }
        counter++;
        times[child] = counter;
        log({ type: "EvictBM", slot, parent: depth, time: { epoch, counter } });
        const known = this.#valueOf(depth, path)[side] as Descriptor;
        this.#set(depth, path, side, { ...known, inDeferred: true });
        this.#nodes.delete(nameOf(slot, child));
      }
    };
    descend(0, 0);
    return { log: writer.toBytes(), times };
  }

  /** AddM of a node below one that is in its slot; one that was not there takes over what its place held. */
  #fetch(depth: number, path: number, side: Direction, log: (entry: LogEntry) => void): void {
    const [child, slot] = [pathBelow(depth, path, side), depth + 1];
    const key = keyOf(slot, child);
    const value = this.#nodes.get(nameOf(slot, child));
    const record = { kind: "internal", key, value: value ?? EMPTY_MERKLE_VALUE } as const;
    log({ type: "AddM", record, slot, parent: depth });
    if (value !== undefined) return;
    const known = this.#valueOf(depth, path)[side];
    const carried =
      known === null
        ? EMPTY_MERKLE_VALUE
        : withDescriptor(EMPTY_MERKLE_VALUE, direction(known.key, slot), known);
    this.#nodes.set(nameOf(slot, child), carried);
    this.#set(depth, path, side, { key, hash: NO_HASH, inDeferred: false });
  }

  /** EvictM of a node whose value this is. */
  #putBack(
    depth: number,
    path: number,
    side: Direction,
    value: MerkleValue,
    log: (entry: LogEntry) => void,
  ): void {
    const slot = depth + 1;
    log({ type: "EvictM", slot, parent: depth });
    const key = keyOf(slot, pathBelow(depth, path, side));
    this.#set(depth, path, side, { key, hash: hashOf(value), inDeferred: false });
  }

  /**
   * Takes all tops back into the tree.
   *
   * @returns What thread 0 logs, in the epoch in which they were evicted.
   */
  takeBack(tops: readonly HandedTop[]): Uint8Array {
    const byGroup = new Map(tops.map((top) => [top.group, top]));
    const writer = new ByteWriter(1 << 16);
    const log = (entry: LogEntry) => writeLogEntry(writer, entry, this.#profile);
    const descend = (depth: number, path: number): void => {
      for (const side of SIDES) {
        const [child, slot] = [pathBelow(depth, path, side), depth + 1];
        if (slot < this.#groupBits) {
          this.#fetch(depth, path, side, log);
          descend(slot, child);
        } else this.#receive(byGroup.get(child), child, slot, log);
        this.#putBack(depth, path, side, this.#valueOf(slot, child), log);
      }
    };
    descend(0, 0);
    return writer.toBytes();
  }

  /** AddB of a top. */
  #receive(
    top: HandedTop | undefined,
    group: number,
    slot: number,
    log: (entry: LogEntry) => void,
  ): void {
    assert(top !== undefined, `the top of group ${group}`);
    const value = readValue(top.value);
    const record = { kind: "internal", key: keyOf(slot, group), value } as const;
    const time = { epoch: Number(top.time >> 32n), counter: Number(top.time & 0xffff_ffffn) };
    log({ type: "AddB", record, slot, time, thread: top.thread });
    this.#nodes.set(nameOf(slot, group), value);
  }

  #valueOf(depth: number, path: number): MerkleValue {
    const value = this.#nodes.get(nameOf(depth, path));
    assert(value !== undefined, `a node of depth ${depth}`);
    return value;
  }

  #set(depth: number, path: number, side: Direction, descriptor: Descriptor): void {
    const value = withDescriptor(this.#valueOf(depth, path), side, descriptor);
    this.#nodes.set(nameOf(depth, path), value);
  }
}

/** The path of a node's child. */
function pathBelow(depth: number, path: number, side: Direction): number {
  return path + side * 2 ** depth;
}

/** A number for each node: its path behind a leading one. */
function nameOf(depth: number, path: number): number {
  return 2 ** depth + path;
}

function keyOf(depth: number, path: number): BaseKey {
  const bits = new Uint8Array(32);
  new DataView(bits.buffer).setUint32(28, path);
  return { depth, bits };
}

function hashOf(value: MerkleValue): Uint8Array {
  return blake3Digest(merkleValueBytes(value));
}

function readValue(bytes: Uint8Array): MerkleValue {
  const reader = new ByteReader(bytes);
  const value = readMerkleValue(reader);
  reader.end("value of a top");
  return value;
}
