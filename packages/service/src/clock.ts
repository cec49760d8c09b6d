// SPDX-License-Identifier: Apache-2.0
import { performance } from "node:perf_hooks";

/** Time as the service sees it. It comes in from outside, so that tests decide when an epoch ends. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Runs once after `milliseconds`; returns what cancels it. */
  after(milliseconds: number, run: () => void): () => void;
  /** Runs in the next turn of the event loop, after pending input and output. */
  soon(run: () => void): void;
}

/** The machine's clock. Waiting timers do not keep the process alive: an open port does. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(run: () => void) {
    setImmediate(run);
  },
});
