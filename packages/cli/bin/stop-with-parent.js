// SPDX-License-Identifier: Apache-2.0
// @ts-check

/** Below what anybody who starts the service again would notice. */
const LOOK_MS = 200;

/**
 * Asks this process to stop (SIGTERM) when the one that started it has ended. Between npm and what `npm start` or `npx zeta` runs there is
 * a shell, which ends without a word to us when npm is told to stop (`kill`, a supervisor): a service would go on that nobody knows of and
 * that holds its port and its data.
 */
export function stopWithParent() {
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  look.unref();
}
