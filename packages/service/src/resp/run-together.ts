// SPDX-License-Identifier: Apache-2.0
import { isZetaError } from "@zeta/protocol/error";
import type { AtomicRunner } from "./atomic-runner.ts";
import type { DataRun, Reply } from "./command.ts";
import { CommandError } from "./command-error.ts";
import type { RecordView } from "./record-view.ts";
import { runParts } from "./run-parts.ts";
import type { Session } from "./session.ts";

/** May it share a step with others? One that needs several steps may not. */
export function isOneStep({ parts }: DataRun): boolean {
  return parts.length === 1;
}

/**
 * Runs commands of a pipeline, one behind the other, as one step: one round of reads and one write for all of them, where each by itself would make
 * its own. What one step cannot have is done in one for each.
 *
 * @param runs of one step each, at least one.
 * @returns their answers, in order.
 */
export async function runTogether(
  runs: readonly DataRun[],
  runner: AtomicRunner,
  session: Session,
): Promise<readonly Reply[]> {
  if (runs.length > 1) {
    try {
      return await inOneStep(runs, runner, session);
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }
  const replies: Reply[] = [];
  for (const run of runs) replies.push(await runParts(run, runner, session).catch(throwing));
  return replies;
}

/** Too much for one step, or somebody else was faster each time: nothing was written. */
function isRefused(error: unknown): boolean {
  return error instanceof CommandError || isZetaError(error, "store_full");
}

async function inOneStep(
  runs: readonly DataRun[],
  runner: AtomicRunner,
  session: Session,
): Promise<readonly Reply[]> {
  let replies: readonly Reply[] = [];
  const { calls } = await runner.run({
    reads: runs.flatMap(({ parts }) => parts.flatMap(({ reads }) => reads)),
    apply(view) {
      replies = runs.map((run) => applied(run, view));
    },
  });
  if (calls.length > 0) session.remember(calls);
  return replies;
}

/** One that fails changes nothing and hinders no other. */
function applied({ parts, reply }: DataRun, view: RecordView): Reply {
  try {
    for (const part of parts) part.apply(view);
    return reply;
  } catch (error) {
    if (error instanceof CommandError) return throwing(error);
    throw error;
  }
}

function throwing(error: unknown): Reply {
  return () => {
    throw error;
  };
}
