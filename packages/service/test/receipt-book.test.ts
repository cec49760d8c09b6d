// SPDX-License-Identifier: Apache-2.0
import { decodeReceipt } from "@zeta/protocol/receipt";
import { receiptsRoot, verifyReceiptPath } from "@zeta/protocol/receipt-tree";
import { describe, expect, test } from "vitest";
import { ReceiptBook } from "../src/receipt-book.ts";
import { freshId, putCall } from "./support/calls.ts";
import { Random } from "./support/random.ts";

const pause = async (): Promise<void> => {};
const CERTIFICATE = Uint8Array.of(1);

const isKnown = (book: ReceiptBook, id: string): boolean => book.place(id) !== null;

function fill(book: ReceiptBook, epoch: number, count: number): { id: string; leaf: Uint8Array }[] {
  const random = new Random(epoch);
  return Array.from({ length: count }, () => {
    const [id, leaf] = [freshId(), random.bytes(32)];
    book.append(id, { thread: 0, epoch, function: 1 }, leaf);
    return { id, leaf };
  });
}

describe("receipt book", () => {
  test("a receipt is provisional, then proves its place under the root", async () => {
    const book = new ReceiptBook({ pause });
    const added = fill(book, 7, 100);
    const [first] = added;
    expect(book.place(first!.id)).toEqual({
      requestId: first!.id,
      thread: 0,
      epoch: 7,
      certificate: null,
    });
    expect(await book.receipt(first!.id)).toBeNull();
    expect(book.provisional).toBe(100);
    book.certify(7, CERTIFICATE);
    expect(book.provisional).toBe(0);
    const root = receiptsRoot(added.map(({ leaf }) => leaf));
    for (const [i, { id, leaf }] of added.entries()) {
      const receipt = decodeReceipt((await book.receipt(id))!);
      expect([receipt.index, receipt.leafCount, receipt.epoch]).toEqual([BigInt(i), 100n, 7]);
      expect(verifyReceiptPath(leaf, receipt.index, 100n, receipt.path, root)).toBe(true);
    }
  });

  test("the oldest certified epochs go when there are too many receipts, and not before", () => {
    const book = new ReceiptBook({ pause, receiptsMax: 10 });
    const [a, b, c] = [fill(book, 0, 5), fill(book, 1, 5), fill(book, 2, 1)];
    book.certify(0, CERTIFICATE);
    expect(isKnown(book, a[0]!.id)).toBe(false);
    expect(isKnown(book, b[0]!.id)).toBe(true);
    book.certify(1, CERTIFICATE);
    expect(isKnown(book, b[0]!.id) && isKnown(book, c[0]!.id)).toBe(true);
  });

  test("epochs go when they are too old", () => {
    const book = new ReceiptBook({ pause, epochsMax: 2 });
    const ids = [0, 1, 2].map((epoch) => {
      const { id } = fill(book, epoch, 1)[0]!;
      book.certify(epoch, CERTIFICATE);
      return id;
    });
    expect(ids.map((id) => isKnown(book, id))).toEqual([false, true, true]);
    expect(book.retention).toContain("2 epochs");
  });

  test("an id may come back after its receipt is gone, and stays", async () => {
    const book = new ReceiptBook({ pause, epochsMax: 1 });
    const call = { thread: 0, function: 0 };
    const id = freshId();
    book.append(id, { ...call, epoch: 0 }, new Uint8Array(32));
    book.certify(0, CERTIFICATE);
    fill(book, 1, 3000);
    book.certify(1, CERTIFICATE);
    expect(isKnown(book, id)).toBe(false);
    book.append(id, { ...call, epoch: 2 }, new Uint8Array(32));
    fill(book, 2, 3000);
    expect(book.place(id)?.epoch).toBe(2);
  });

  test("an id is taken once, whether its call ran or waits", () => {
    const book = new ReceiptBook({ pause });
    const [ran, waits, fresh] = [putCall("a", "1"), putCall("b", "2"), putCall("c", "3")];
    const again = expect.objectContaining({ code: "duplicate_request_id" });
    book.reserve([ran, waits]);
    book.append(ran.requestId!, { thread: 0, epoch: 0, function: 1 }, new Uint8Array(32));
    for (const known of [ran, waits, fresh]) {
      expect(() => book.reserve([fresh, known])).toThrow(again);
    }
    // None of the refused was taken, and what ran stays known.
    book.reserve([fresh]);
    book.release([ran, waits, fresh]);
    book.reserve([waits, fresh]);
    expect(() => book.reserve([ran])).toThrow(again);
    expect(book.place(ran.requestId!)?.epoch).toBe(0);
    expect(book.place(waits.requestId!)).toBeNull();
  });

  test("there is room for exactly so many provisional receipts", () => {
    const book = new ReceiptBook({ pause, receiptsMax: 10 });
    fill(book, 0, 8);
    expect([book.hasRoom(2), book.hasRoom(3)]).toEqual([true, false]);
  });
});
