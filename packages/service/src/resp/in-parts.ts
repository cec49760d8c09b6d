// SPDX-License-Identifier: Apache-2.0
import { ARGUMENT_BYTES_MAX, DIGEST_BYTES, TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";

/** Of an item of a transact besides key and value: their lengths, the condition with its digest, the kind of write. */
export const ITEM_FRAMING_BYTES = 2 + 1 + DIGEST_BYTES + 1 + 4;

export interface ItemsOfPart<Item> {
  readonly items: readonly Item[];
  /** The first one's place among all. */
  readonly start: number;
}

/**
 * Parts of a list of records, each as long as one transact can have it. What is in one part happens at once; the parts happen one after the
 * other.
 *
 * @param bytesOf what the transact holds of an item: key, and value if it is written.
 */
export function inParts<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => readonly Uint8Array[],
): ItemsOfPart<Item>[] {
  const parts: { items: Item[]; start: number }[] = [];
  let bytes = 0;
  for (const [i, item] of items.entries()) {
    const own = bytesOf(item).reduce((sum, { length }) => sum + length, ITEM_FRAMING_BYTES);
    const last = parts.at(-1);
    const fits = last !== undefined && last.items.length < TRANSACT_RECORDS_MAX;
    if (fits && 1 + bytes + own <= ARGUMENT_BYTES_MAX) {
      last.items.push(item);
      bytes += own;
    } else {
      parts.push({ items: [item], start: i });
      bytes = own;
    }
  }
  return parts;
}
