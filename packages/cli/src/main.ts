// SPDX-License-Identifier: Apache-2.0
import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

// A reader that has seen enough (`zeta ... | head`) needs no complaint. But nobody was told what this command found out, so it is no success: a
// file that `zeta verify` rejects must not pass because its verdict was not read.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (!isGone(error)) throw error;
  process.exit(EXIT.negative);
});

// Talk that nobody hears ends nothing: a service whose terminal was closed still has its last epoch to certify.
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (!isGone(error)) throw error;
});

/** The reader of a pipe ended, or a terminal was closed. */
function isGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "EIO";
}

process.exitCode = await run(process.argv.slice(2));
