// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type {
  CheckpointContent,
  Storage,
  StoredName,
  StoredPage,
  StoredRecord,
} from "../../src/storage.ts";

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** 32 bytes that depend on `n` only. */
export function digestOf(n: number | string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(`digest ${n}`).digest());
}

export function record(n: number | string, value: string | Uint8Array | null): StoredRecord {
  return { digest: digestOf(n), value: typeof value === "string" ? text(value) : value };
}

export function content(
  manifest: string | Uint8Array,
  changes: Iterable<StoredRecord> = [],
  names: Iterable<StoredName> = [],
  pages: Iterable<StoredPage> = [],
): CheckpointContent {
  const bytes = typeof manifest === "string" ? text(manifest) : manifest;
  return { manifest: bytes, changes, names, pages };
}

export function page(number: number, value: string | Uint8Array | null): StoredPage {
  return { number, bytes: typeof value === "string" ? text(value) : value };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Everything a storage holds, in a form that can be compared: records and names in the order of their bytes. */
export async function everythingIn(storage: Storage) {
  const manifest = await storage.manifest();
  const records: [string, string | null][] = [];
  for await (const piece of storage.records()) {
    for (const { digest, value } of piece) records.push([hex(digest), value && hex(value)]);
  }
  const names: string[] = [];
  for await (const piece of storage.names()) names.push(...piece.map(hex));
  const pages: [number, string][] = [];
  for await (const { number, bytes } of storage.pages()) pages.push([number, hex(bytes)]);
  const journal: string[] = [];
  for await (const entry of storage.journal()) journal.push(hex(entry));
  return {
    manifest: manifest && hex(manifest),
    records: records.sort(([a], [b]) => (a < b ? -1 : 1)),
    names: names.sort(),
    pages,
    journal,
  };
}

/** The same of what was asked to be kept. */
export function expected(
  manifest: string | null,
  records: readonly StoredRecord[] = [],
  names: readonly string[] = [],
  journal: readonly (string | Uint8Array)[] = [],
  pages: readonly (readonly [number, string | Uint8Array])[] = [],
) {
  const asHex = (value: string | Uint8Array) =>
    hex(typeof value === "string" ? text(value) : value);
  return {
    manifest: manifest === null ? null : asHex(manifest),
    records: records
      .map(({ digest, value }): [string, string | null] => [hex(digest), value && hex(value)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    names: names.map(asHex).sort(),
    pages: pages.map(([number, value]): [number, string] => [number, asHex(value)]),
    journal: journal.map(asHex),
  };
}
