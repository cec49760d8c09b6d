// SPDX-License-Identifier: Apache-2.0
import { terminalWatch } from "./lost-terminal.ts";
import { note } from "./output/console.ts";

/**
 * Resolves when the process is asked to stop, or its terminal is closed. The second signal finds no handler any more and ends the process at once; not so
 * SIGHUP, which a shell and the system both send when a terminal is closed.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  const terminalLost = terminalWatch();
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      if (signal === "SIGHUP") terminalLost();
      process.removeListener("SIGINT", stop);
      process.removeListener("SIGTERM", stop);
      resolve(signal);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
  });
}

/** The same as a signal to abort. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  void untilSignal().then(() => controller.abort());
  return controller.signal;
}

/** Somebody asks for a stop, perhaps while something is still starting. */
export interface StopRequest {
  readonly asked: Promise<NodeJS.Signals>;
  /** Aborted with the request. */
  readonly signal: AbortSignal;
}

export function stopRequest(): StopRequest {
  const controller = new AbortController();
  const asked = untilSignal();
  void asked.then(() => controller.abort());
  return { asked, signal: controller.signal };
}

/** What a start, or other work, led to; null: it was given up, because the process was asked to stop. That is told at once, even if it takes a moment. */
export async function unlessStopped<T>(
  { asked, signal }: StopRequest,
  work: Promise<T>,
  what = "the start",
): Promise<T | null> {
  let isUnderWay = true;
  void asked.then((name) => {
    if (isUnderWay) note(`${name}: stopping before ${what} is finished; once more to stop at once`);
  });
  try {
    return await work;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return null;
  } finally {
    isUnderWay = false;
  }
}
