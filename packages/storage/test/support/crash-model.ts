// SPDX-License-Identifier: Apache-2.0
/**
 * What a process writes before it is killed, so that whoever looks afterwards can tell a whole state from a mixture: entry n of the
 * journal is always the same, and checkpoint k gives every record and every name its own content.
 */
import { createHash } from "node:crypto";
import type { CheckpointContent, Storage } from "../../src/storage.ts";
import { digestOf, text } from "./contents.ts";

const RECORDS = 300;

/** A checkpoint forgets the page of so many checkpoints before. */
const PAGES = 3;

/** Entry number n: up to some kilobytes, now and then a large one. */
export function entryAt(n: number): Uint8Array {
  const hash = createHash("sha256").update(`entry ${n}`).digest();
  const length = hash[0] === 0 ? 2 ** 20 : 8 + hash.readUInt16BE(1) / 16;
  return new Uint8Array(Buffer.alloc(Math.floor(length), hash));
}

/** Checkpoint k, made after `entries` entries. */
export function checkpointAt(k: number, entries: number): CheckpointContent {
  const numbers = Array.from({ length: RECORDS }, (_, i) => i);
  return {
    manifest: text(JSON.stringify({ k, entries })),
    changes: numbers.map((i) => ({ digest: digestOf(i), value: text(`${i} of ${k}`) })),
    names: numbers.flatMap((i) => [
      { name: text(`${i} of ${k}`), isThere: true },
      { name: text(`${i} of ${k - 1}`), isThere: false },
    ]),
    pages: [
      { number: k, bytes: entryAt(k) },
      ...(k > PAGES ? [{ number: k - PAGES, bytes: null }] : []),
    ],
  };
}

export interface Found {
  /** The last checkpoint, 0: none. */
  readonly k: number;
  /** Entries that were ever appended and are still known: the checkpoint's and the journal's. */
  readonly entries: number;
}

/** Reads everything and throws on anything that no single state has. */
export async function readWhole(storage: Storage): Promise<Found> {
  const manifest = await storage.manifest();
  const { k, entries } =
    manifest === null
      ? { k: 0, entries: 0 }
      : (JSON.parse(new TextDecoder().decode(manifest)) as Found);
  const wanted = k === 0 ? [] : Array.from({ length: RECORDS }, (_, i) => `${i} of ${k}`);
  const values: string[] = [];
  for await (const piece of storage.records()) {
    values.push(...piece.map(({ value }) => new TextDecoder().decode(value ?? undefined)));
  }
  const names: string[] = [];
  for await (const piece of storage.names()) {
    names.push(...piece.map((name) => new TextDecoder().decode(name)));
  }
  mustEqual(`records of checkpoint ${k}`, values, wanted);
  mustEqual(`names of checkpoint ${k}`, names, wanted);
  await checkPages(storage, k);
  let next = entries;
  for await (const entry of storage.journal()) {
    if (!Buffer.from(entry).equals(entryAt(next))) throw new Error(`expected entry ${next}`);
    next += 1;
  }
  return { k, entries: next };
}

async function checkPages(storage: Storage, k: number): Promise<void> {
  let next = Math.max(1, k - PAGES + 1);
  for await (const { number, bytes } of storage.pages()) {
    if (number !== next) throw new Error(`expected page ${next} of checkpoint ${k}, got ${number}`);
    if (!Buffer.from(bytes).equals(entryAt(next))) throw new Error(`expected page ${next} whole`);
    next += 1;
  }
  if (next !== k + 1) throw new Error(`expected pages up to ${k}, got them up to ${next - 1}`);
}

function mustEqual(what: string, got: readonly string[], wanted: readonly string[]): void {
  const [a, b] = [got, wanted].map((list) => [...list].sort().join());
  if (a !== b) throw new Error(`expected ${what}, got ${a?.slice(0, 300)}`);
}

/** A small generator of random numbers, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
