// SPDX-License-Identifier: Apache-2.0
/** What a transaction compared and wrote, as one line of a report. */
import { toHex } from "@zeta/protocol/hex";
import type { TransactItem, TransactResult } from "@zeta/protocol/kv-transact";
import { bytesText } from "./report-text.ts";

/** Records that are shown. */
const SHOWN_ITEMS = 8;

/** Bytes of a digest that are shown: the whole of it is in the evidence. */
const SHOWN_DIGEST_BYTES = 8;

/** `"a" if equal to 0x0123.. = "95"; "b" if absent, delete`. */
export function itemsText(items: readonly TransactItem[]): string {
  const shown = items.slice(0, SHOWN_ITEMS).map(itemText).join("; ");
  return items.length > SHOWN_ITEMS ? `${shown}; .. (${items.length} records)` : shown;
}

function itemText({ key, condition, write }: TransactItem): string {
  const is = typeof condition === "string" ? condition : `equal to ${digestText(condition.equals)}`;
  const compared = condition === "any" ? "" : ` if ${is}`;
  const written = typeof write === "string" ? `, ${write}` : ` = ${bytesText(write.put)}`;
  return `${bytesText(key)}${compared}${written}`;
}

function digestText(digest: Uint8Array): string {
  return `0x${toHex(digest.subarray(0, SHOWN_DIGEST_BYTES))}..`;
}

/** What became of it. */
export function transactText(items: readonly TransactItem[], result: TransactResult): string {
  if (result.done) return "done: every condition held, everything was written";
  const item = items[result.failedAt];
  const which = item === undefined ? `record ${result.failedAt}` : bytesText(item.key);
  return `not done: the condition on ${which} did not hold, nothing was written`;
}
