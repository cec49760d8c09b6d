// SPDX-License-Identifier: Apache-2.0
import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

// A reader that has seen enough (`zeta ... | head`) needs no complaint. But nobody was told what this command found out, so it is no success: a
// file that `zeta verify` rejects must not pass because its verdict was not read.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.negative);
});

process.exitCode = await run(process.argv.slice(2));
