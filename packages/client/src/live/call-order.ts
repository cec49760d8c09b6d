// SPDX-License-Identifier: Apache-2.0
import type { Receipt } from "@zeta/protocol/receipt";
import { ORDERED_ANSWERS_MAX } from "../limits.ts";

/** When this client made a call and when it had the answer, in ticks of its own; calls of one batch share both. */
export interface CallTime {
  readonly sent: number;
  readonly answered: number;
  /** Place in its batch. */
  readonly at: number;
}

/** Where the monitor ran a call, as its receipt proves. */
type Position = Pick<Receipt, "epoch" | "thread" | "index">;

interface Placed {
  readonly time: CallTime;
  readonly position: Position;
}

/**
 * Did the monitor run this client's calls in the order in which he made them? Every answer is certified by itself, so a host could
 * acknowledge a write, let the next read run first, and get a certificate for both. The places of receipts show it: a call that was made
 * after an answer had come must stand after it. Between two threads epochs alone can be compared.
 */
export class CallOrder {
  #tick = 0;
  /** The latest answers that were certified. Ticks and epochs grow together, so older ones say nothing new. */
  readonly #placed: Placed[] = [];

  /** A call is sent. Returns what tells the time of each answer once they are there. */
  send(): () => (at: number) => CallTime {
    const sent = ++this.#tick;
    return () => {
      const answered = ++this.#tick;
      return (at) => ({ sent, answered, at });
    };
  }

  /** Takes a certified answer; if it contradicts an earlier one, a line that says how. */
  place(time: CallTime, position: Position): string | null {
    for (const other of this.#placed) {
      const contradiction = isBefore(time, other.time)
        ? contradicts(position, other.position)
        : isBefore(other.time, time) && contradicts(other.position, position);
      if (contradiction) {
        const [own, its] = [position, other.position].map(describe);
        return `expected this client's calls in the order in which he made them, got this one at ${own}, another at ${its}`;
      }
    }
    this.#placed.push({ time, position });
    if (this.#placed.length > ORDERED_ANSWERS_MAX) this.#placed.shift();
    return null;
  }
}

/** Was the answer of `a` there, or `a` earlier in the same batch, when `b` was sent? */
function isBefore(a: CallTime, b: CallTime): boolean {
  return a.sent === b.sent ? a.at < b.at : a.answered < b.sent;
}

/** Can `first` not stand before `second`? */
function contradicts(first: Position, second: Position): boolean {
  if (first.epoch !== second.epoch) return first.epoch > second.epoch;
  return first.thread === second.thread && first.index >= second.index;
}

function describe({ epoch, thread, index }: Position): string {
  return `leaf ${index + 1n} of thread ${thread} in epoch ${epoch}`;
}
