// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/**
 * Prepares for the terminal's end. Node sets the terminal's modes back when it ends, and aborts when there is none any more (`ResetStdio`), unless
 * the standard descriptors are something else by then.
 *
 * @returns to be called when the terminal may be gone. What is still written there goes there, if it is not.
 */
export function terminalWatch(): () => void {
  // Of a terminal that is gone the system says that it is none.
  const ofTerminal = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  return () => {
    for (const descriptor of ofTerminal.splice(0)) {
      closeSync(descriptor);
      // The lowest that is free: the one just closed.
      openSync("/dev/null", "r+");
    }
  };
}
