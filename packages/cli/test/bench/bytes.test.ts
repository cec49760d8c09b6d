// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { BytesSubject } from "../../src/bench/store/bytes-subject.ts";

it.each([
  [true, 8],
  [false, 1024],
])(
  "profile bytes, receipts %s, values of %d bytes: what is measured is certified",
  (receipts, valueBytes) => {
    const subject = new BytesSubject({ records: 300, valueBytes, epochMs: 20, receipts });
    expect(subject.sample()).toBeGreaterThan(0);
    expect(subject.finish()).toBe(true);
  },
);
