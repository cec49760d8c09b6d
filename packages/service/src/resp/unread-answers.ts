// SPDX-License-Identifier: Apache-2.0
import { UNREAD_BYTES_MAX } from "./limits.ts";

/** A connection whose client has not read its answers yet. */
export interface SlowReader {
  readonly unreadBytes: number;
  /** Ends the connection. */
  cut(): void;
}

/** Answers wait in this process's memory until they are read. Whoever leaves most of them there goes when all together become too many. */
export class UnreadAnswers {
  readonly #bytesMax: number;
  readonly #readers = new Set<SlowReader>();

  constructor(bytesMax = UNREAD_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  add(reader: SlowReader): void {
    this.#readers.add(reader);
    let total = 0;
    for (const { unreadBytes } of this.#readers) total += unreadBytes;
    while (total > this.#bytesMax) {
      const slowest = [...this.#readers].reduce((a, b) => (b.unreadBytes > a.unreadBytes ? b : a));
      total -= slowest.unreadBytes;
      this.#readers.delete(slowest);
      slowest.cut();
    }
  }

  delete(reader: SlowReader): void {
    this.#readers.delete(reader);
  }
}
