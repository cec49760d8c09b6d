// SPDX-License-Identifier: Apache-2.0
import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

// A reader that has seen enough (`zeta ... | head`) is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.success);
});

process.exitCode = await run(process.argv.slice(2));
