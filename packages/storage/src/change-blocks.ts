// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { DIGEST_BYTES, KEY_BYTES_MAX, VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { frameNumbered } from "./framing.ts";
import { PAGE_BYTES_MAX, PIECE_BYTES } from "./limits.ts";
import type { CheckpointContent, StoredName, StoredPage, StoredRecord } from "./storage.ts";

/**
 * A checkpoint's changes, packed as they are read: a million small records are some hundred blocks instead of millions of objects, and
 * the caller's memory is its own again. A block holds whole changes, each u8 kind ‖ u32 length ‖ bytes.
 */
export const KIND = {
  noValue: 0,
  value: 1,
  nameThere: 2,
  nameGone: 3,
  page: 4,
  pageGone: 5,
} as const;

export type Change =
  | ({ readonly of: "record" } & StoredRecord)
  | ({ readonly of: "name" } & StoredName)
  /** `key`: the page's number as u64; `frame` null: it is gone. */
  | { readonly of: "page"; readonly key: Uint8Array; readonly frame: Uint8Array | null };

const HEADER_BYTES = 5;
const NUMBER_BYTES = 8;

/** Packs all changes of a checkpoint; reads `content` to its end. */
export function packChanges(content: CheckpointContent): Uint8Array[] {
  const packer = new Packer();
  for (const record of content.changes) {
    assertRecord(record);
    const { digest, value } = record;
    if (value === null) packer.add(KIND.noValue, digest, NO_BYTES);
    else packer.add(KIND.value, digest, value);
  }
  for (const { name, isThere } of content.names) {
    assertName(name);
    packer.add(isThere ? KIND.nameThere : KIND.nameGone, name, NO_BYTES);
  }
  for (const page of content.pages ?? []) {
    assertPage(page);
    const { number, bytes } = page;
    const frame = frameNumbered(number, bytes ?? NO_BYTES);
    if (bytes === null) packer.add(KIND.pageGone, frame.subarray(0, NUMBER_BYTES), NO_BYTES);
    else packer.add(KIND.page, frame, NO_BYTES);
  }
  return packer.finish();
}

const NO_BYTES = new Uint8Array(0);

class Packer {
  readonly #blocks: Uint8Array[] = [];
  #block = new Uint8Array(PIECE_BYTES);
  #length = 0;

  add(kind: number, head: Uint8Array, tail: Uint8Array): void {
    const bytes = HEADER_BYTES + head.length + tail.length;
    if (this.#length + bytes > this.#block.length) this.#next(bytes);
    const at = this.#length;
    const block = this.#block;
    block[at] = kind;
    new DataView(block.buffer).setUint32(at + 1, head.length + tail.length);
    block.set(head, at + HEADER_BYTES);
    block.set(tail, at + HEADER_BYTES + head.length);
    this.#length = at + bytes;
  }

  #next(bytes: number): void {
    if (this.#length > 0) this.#blocks.push(this.#block.subarray(0, this.#length));
    this.#block = new Uint8Array(Math.max(PIECE_BYTES, bytes));
    this.#length = 0;
  }

  finish(): Uint8Array[] {
    if (this.#length > 0) this.#blocks.push(this.#block.subarray(0, this.#length));
    return this.#blocks;
  }
}

/** The changes of a block, as views of it. */
export function* changesOf(block: Uint8Array): Generator<Change> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let at = 0; at < block.length; ) {
    const kind = view.getUint8(at);
    const from = at + HEADER_BYTES;
    const bytes = block.subarray(from, from + view.getUint32(at + 1));
    at = from + bytes.length;
    if (kind === KIND.noValue) yield { of: "record", digest: bytes, value: null };
    else if (kind === KIND.value) yield { of: "record", ...splitRecord(bytes) };
    else if (kind === KIND.nameThere || kind === KIND.nameGone) {
      yield { of: "name", name: bytes, isThere: kind === KIND.nameThere };
    } else yield { of: "page", ...splitPage(kind, bytes) };
  }
}

function splitRecord(bytes: Uint8Array): StoredRecord {
  return { digest: bytes.subarray(0, DIGEST_BYTES), value: bytes.subarray(DIGEST_BYTES) };
}

function splitPage(kind: number, bytes: Uint8Array) {
  return { key: bytes.subarray(0, NUMBER_BYTES), frame: kind === KIND.page ? bytes : null };
}

function assertRecord({ digest, value }: StoredRecord): void {
  assert(digest.length === DIGEST_BYTES, `a digest has ${DIGEST_BYTES} bytes`);
  assert(
    value === null || value.length <= VALUE_BYTES_MAX,
    `a value has at most ${VALUE_BYTES_MAX} bytes, got ${value?.length}`,
  );
}

function assertPage({ number, bytes }: StoredPage): void {
  assert(Number.isSafeInteger(number) && number >= 0, `a page's number, got ${number}`);
  assert(
    bytes === null || bytes.length <= PAGE_BYTES_MAX,
    `a page has at most ${PAGE_BYTES_MAX} bytes, got ${bytes?.length}`,
  );
}

function assertName(name: Uint8Array): void {
  assert(
    name.length <= KEY_BYTES_MAX,
    `a name has at most ${KEY_BYTES_MAX} bytes, got ${name.length}`,
  );
}
