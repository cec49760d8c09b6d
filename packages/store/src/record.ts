// SPDX-License-Identifier: Apache-2.0
import { dataKey } from "@zeta/protocol/base-key";
import { Element } from "./element.ts";
import { cellsFor } from "./limits.ts";

/** One application record: the digest of its key and its value, null when absent. */
export class StoredRecord extends Element {
  override readonly kind = "record";
  value: Uint8Array | null = null;

  /** @param digest 32 bytes that the store may keep. */
  constructor(digest: Uint8Array) {
    super(dataKey(digest));
  }

  override get cells(): number {
    return cellsFor(this.value);
  }
}
