// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from "node:crypto";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";

/** Ids drawn at once: asking the system for each would cost more than the call. */
const IDS_AT_ONCE = 256;

const HEX_DIGITS = 2 * REQUEST_ID_BYTES;

/** Draws the request ids of a front's calls: random, so that an answer can only be that to this very call. */
export class RequestIds {
  readonly #bytes = Buffer.alloc(IDS_AT_ONCE * REQUEST_ID_BYTES);
  #digits = "";
  #at = 0;

  /** 32 lower-case hex digits. */
  next(): string {
    if (this.#at === this.#digits.length) {
      this.#digits = randomFillSync(this.#bytes).toString("hex");
      this.#at = 0;
    }
    this.#at += HEX_DIGITS;
    return this.#digits.slice(this.#at - HEX_DIGITS, this.#at);
  }
}
