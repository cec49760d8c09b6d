// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import { PAGE_BYTES_MAX } from "@zeta/storage/limits";
import { expect, test } from "vitest";
import {
  certificatePages,
  decodePastPage,
  receiptPages,
  type WrittenPage,
} from "../../src/durable/past-page.ts";
import type { ReceiptRun } from "../../src/receipt-shelf.ts";
import { Random } from "../support/random.ts";

const SEED = 20261122;

function runOf(epoch: number, count: number, thread = 0): ReceiptRun {
  const random = new Random(SEED + epoch);
  return {
    ...{ epoch, thread, first: 0, count },
    ids: Uint32Array.from({ length: 4 * count }, () => random.below(2 ** 32)),
    functions: random.bytes(count),
    leaves: random.bytes(32 * count),
  };
}

/** The receipts on the pages, one after the other, in a form that can be compared. */
function receiptsOn(runs: readonly ReceiptRun[]): string[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return runs.flatMap(({ epoch, thread, first, count, ids, functions, leaves }) =>
    Array.from({ length: count }, (_, i) => {
      const id = [...ids.subarray(4 * i, 4 * i + 4)].join();
      const leaf = hex(leaves.subarray(32 * i, 32 * i + 32));
      return `${epoch}.${thread}.${first + i} ${id} ${functions[i]} ${leaf}`;
    }),
  );
}

function runsOn(pages: readonly WrittenPage[]): ReceiptRun[] {
  return pages.flatMap(({ bytes }) => {
    const page = decodePastPage(bytes);
    return page.kind === "receipts" ? page.runs : [];
  });
}

test("receipts come back, also those of an epoch that takes several pages", () => {
  const runs = [runOf(3, 1), runOf(4, 50_000), runOf(5, 7), runOf(5, 20, 1), runOf(9, 30_000)];
  const pages = [...receiptPages(runs)];
  expect(pages.length).toBe(4);
  for (const { bytes } of pages) expect(bytes.length).toBeLessThanOrEqual(PAGE_BYTES_MAX);
  expect(pages.map(({ last }) => last)).toEqual([4, 4, 9, 9]);
  expect(receiptsOn(runsOn(pages))).toEqual(receiptsOn(runs));
  expect([...receiptPages([])]).toEqual([]);
});

test("certificates come back, on as many pages as they need", () => {
  const random = new Random(SEED);
  const certificates = Array.from({ length: 9000 }, () => random.bytes(200 + random.below(100)));
  const pages = [...certificatePages(17, certificates)];
  expect(pages.length).toBe(3);
  expect(pages.at(-1)?.last).toBe(17 + 8999);
  const back = pages.map(({ bytes }) => decodePastPage(bytes));
  let next = 17;
  for (const [i, page] of back.entries()) {
    if (page.kind !== "certificates") throw new Error("expected certificates");
    expect(page.first).toBe(next);
    next += page.certificates.length;
    expect(pages[i]?.bytes.length).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    expect(pages[i]?.last).toBe(next - 1);
  }
  const all = back.flatMap((page) => (page.kind === "certificates" ? page.certificates : []));
  expect(all).toEqual(certificates);
});

test("ids stand on a page as they are written: big endian, whatever the machine", () => {
  const run = {
    ...runOf(1, 1),
    ids: Uint32Array.of(0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff),
  };
  const [page] = receiptPages([run]);
  const id = Buffer.from(page!.bytes.subarray(15, 31)).toString("hex");
  expect(id).toBe("00112233445566778899aabbccddeeff");
});

test("a page is read from any buffer, and left as it is", () => {
  const [page] = receiptPages([runOf(1, 3)]);
  const padded = Buffer.concat([Buffer.alloc(7), page!.bytes, Buffer.alloc(5)]);
  const part = padded.subarray(7, 7 + page!.bytes.length);
  expect(receiptsOn(runsOn([{ ...page!, bytes: part }]))).toEqual(receiptsOn([runOf(1, 3)]));
  expect(Buffer.compare(part, page!.bytes)).toBe(0);
  const [signed] = certificatePages(1, [Uint8Array.of(5, 6)]);
  const bytes = Buffer.from(signed!.bytes);
  const read = decodePastPage(bytes);
  bytes.fill(0);
  expect(read).toMatchObject({ certificates: [Uint8Array.of(5, 6)] });
});

test.each([
  ["nothing", [], "D.short"],
  ["another kind", [3], "D.kind"],
  ["no certificate", [1, 0, 0, 0, 1], "D.short"],
  ["a cut certificate", [1, 0, 0, 0, 1, 0, 2, 9], "D.short"],
  ["no run", [2], "D.short"],
  ["an empty run", [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "D.length"],
  ["more leaves than there are", [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255], "D.short"],
])("a page with %s is refused", (_what, bytes, code) => {
  try {
    decodePastPage(Uint8Array.from(bytes));
  } catch (error) {
    if (!isZetaError(error)) throw error;
    expect(error.code).toBe(code);
    return;
  }
  throw new Error("expected a refusal");
});
