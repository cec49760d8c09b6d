// SPDX-License-Identifier: Apache-2.0
/**
 * Resolves after `milliseconds`, or as soon as `signal` is aborted: the caller looks at the signal
 * anyway.
 */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
