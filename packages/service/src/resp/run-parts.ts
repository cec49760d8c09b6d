// SPDX-License-Identifier: Apache-2.0
import type { Executed } from "../engine-call.ts";
import type { AtomicRunner } from "./atomic-runner.ts";
import type { DataRun, Reply } from "./command.ts";
import { refuseLargeReply } from "./command-error.ts";
import { REPLY_BYTES_MAX } from "./limits.ts";
import type { Session } from "./session.ts";

/** Runs a command outside of MULTI, each of its parts as one step, one after the other. */
export async function runParts(
  { parts, reply }: DataRun,
  runner: AtomicRunner,
  session: Session,
): Promise<Reply> {
  const calls: Executed[] = [];
  let bytes = 0;
  for (const part of parts) {
    const outcome = await runner.run(part);
    calls.push(...outcome.calls);
    bytes += outcome.readBytes;
    if (bytes > REPLY_BYTES_MAX) refuseLargeReply(bytes);
  }
  if (calls.length > 0) session.remember(calls);
  return reply;
}
