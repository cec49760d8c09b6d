// SPDX-License-Identifier: Apache-2.0
import { blake2b } from "@noble/hashes/blake2.js";
import {
  type BaseKey,
  dataKey,
  direction,
  isProperDescendant,
  ROOT,
} from "@zeta/protocol/base-key";
import { appValueBytes, blake3Digest, keyDigest, merkleValueBytes } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import type { Profile } from "@zeta/protocol/profile";
import {
  type Descriptor,
  EMPTY_MERKLE_VALUE,
  withDescriptor,
  type ZetaRecord,
} from "@zeta/protocol/record";
import type { Timestamp } from "@zeta/protocol/timestamp";

/**
 * Where a record is: in a thread's slot, under its parent's hash, in deferred memory, or not yet
 * anywhere.
 */
export type Place =
  | {
      readonly at: "slot";
      readonly thread: number;
      readonly slot: number;
      readonly method: "M" | "B";
    }
  | { readonly at: "tree" }
  | { readonly at: "deferred"; readonly time: Timestamp; readonly thread: number }
  | { readonly at: "nowhere" };

export interface Node {
  readonly key: BaseKey;
  record: ZetaRecord;
  place: Place;
}

/** H1: every record as the monitors have it, and where it is. */
export class Mirror {
  readonly root: Node;
  readonly #nodes = new Map<string, Node>();
  readonly #profile: Profile;
  readonly #keyHash: "identity" | "blake2b";

  constructor(profile: Profile, keyHash: "identity" | "blake2b") {
    this.#profile = profile;
    this.#keyHash = keyHash;
    const record = { kind: "internal", key: ROOT, value: EMPTY_MERKLE_VALUE } as const;
    const place = { at: "slot", thread: 0, slot: 0, method: "M" } as const;
    this.root = { key: ROOT, record, place };
    this.remember(this.root);
  }

  get nodes(): Node[] {
    return [...this.#nodes.values()];
  }

  remember(node: Node): void {
    this.#nodes.set(nameOf(node.key), node);
  }

  find(key: BaseKey): Node | null {
    return this.#nodes.get(nameOf(key)) ?? null;
  }

  /** The nearest existing ancestor: the only record that can admit this key. */
  parentOf(key: BaseKey): Node {
    let node = this.root;
    for (;;) {
      const known = this.descriptor(node, key);
      if (known === null || !isProperDescendant(key, known.key)) return node;
      const below = this.find(known.key);
      if (below === null) throw new Error("expected a mirrored node");
      node = below;
    }
  }

  /** What the node knows of the side on which the key lies. */
  descriptor(node: Node, key: BaseKey): Descriptor | null {
    if (node.record.kind !== "internal") throw new Error("expected an inner node");
    return node.record.value[direction(key, node.key.depth)];
  }

  /** Lets the parent know something else of the record that the descriptor names. */
  describe(parent: Node, to: Descriptor): void {
    if (parent.record.kind !== "internal") throw new Error("expected an inner node");
    const on = direction(to.key, parent.key.depth);
    parent.record = { ...parent.record, value: withDescriptor(parent.record.value, on, to) };
  }

  /** An application record, which may not exist yet. */
  leaf(recordKey: Uint8Array): Node {
    const key = this.#lower(recordKey);
    const known = this.find(key);
    if (known !== null) return known;
    const record = { kind: "app", key: recordKey, value: null } as const;
    const node: Node = { key, record, place: { at: "nowhere" } };
    this.remember(node);
    return node;
  }

  #lower(recordKey: Uint8Array): BaseKey {
    if (this.#profile === "bytes") return dataKey(recordKey);
    if (this.#keyHash === "blake2b") return dataKey(blake2b(recordKey, { dkLen: 32 }));
    const bits = new Uint8Array(32);
    bits.set(recordKey, 24);
    return dataKey(bits);
  }

  /** The hash as the monitors compute it when a record goes back into the tree. */
  valueHash(record: ZetaRecord): Uint8Array {
    const bytes =
      record.kind === "internal" ? merkleValueBytes(record.value) : appValueBytes(record.value);
    return this.#profile === "bytes" ? blake3Digest(bytes) : blake2b(bytes, { dkLen: 32 });
  }
}

/** The record key of an application key in this profile. */
export function recordKeyOf(profile: Profile, key: Uint8Array): Uint8Array {
  return profile === "bytes" ? keyDigest(key) : key;
}

function nameOf(key: BaseKey): string {
  return `${key.depth}:${toHex(key.bits)}`;
}
