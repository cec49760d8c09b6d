// SPDX-License-Identifier: Apache-2.0
// @ts-check
import { readFileSync } from "node:fs";

/** Below what anybody who starts the service again would notice. */
const LOOK_MS = 200;

/**
 * Asks this process to stop (SIGTERM) when the one that started it has ended. Between npm and what `npm start` or `npx zeta` runs there is
 * a shell, which ends without a word to us when npm is told to stop (`kill`, a supervisor), and goes on when npm is killed: a service would
 * go on that nobody knows of and that holds its port and its data.
 */
export function stopWithParent() {
  const parent = process.ppid;
  const starter = starterOf(parent);
  const look = setInterval(() => {
    const now = starterOf(parent);
    // What cannot be read, perhaps for want of descriptors, ends nothing.
    const isSame = starter === null || now === null || now === starter;
    if (process.ppid === parent && isSame) return;
    clearInterval(look);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  look.unref();
  // A terminal that is closed ends all of them, so that this would be a second signal: one that ends a service at once.
  process.once("SIGHUP", () => {
    clearInterval(look);
    if (process.listenerCount("SIGHUP") === 0) process.kill(process.pid, "SIGHUP");
  });
}

/** Where a shell execs its last command npm is the parent, and npm's own parent may end as it likes. */
const SHELL = /^(ba|da|a|k|z)?sh$/;

/** Who started a shell, as Linux tells it; null for any other program, and elsewhere. */
function starterOf(/** @type {number} */ pid) {
  try {
    const [, name = "", starter = ""] =
      /\((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    return SHELL.test(name) ? starter : null;
  } catch {
    return null;
  }
}
