// SPDX-License-Identifier: Apache-2.0
import type { EpochStatement } from "../http/answers.ts";
import type { ServiceApi } from "../http/service-api.ts";
import {
  RETRY_FIRST_MS,
  RETRY_LONGEST_MS,
  STREAM_FAILURES_MAX,
  STREAM_RETRY_ROUNDS,
  STREAM_SILENCE_MS,
} from "../limits.ts";
import { pause } from "./pause.ts";

/** Where statements go, and which epoch is wanted next. */
export interface StatementSink {
  readonly nextEpoch: () => number;
  readonly take: (statement: EpochStatement) => Promise<void>;
  /**
   * Asks the service directly for its newest statements; `andBetween` asks for those in between
   * too, which a stream would replay.
   */
  readonly poll: (andBetween: boolean, signal: AbortSignal) => Promise<void>;
  /** The service answered (null), or a failure that is not the end: the next round tries again. */
  readonly contact: (error: unknown) => void;
}

/**
 * Follows the service's statements until `signal` is aborted: over the event stream, and by polling
 * where there is none. Between two streams it always polls once, because a host can keep a stream
 * open and silent.
 */
export async function followStatements(
  api: ServiceApi,
  sink: StatementSink,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  let wait = RETRY_FIRST_MS;
  for (let round = 0; !signal.aborted; round++) {
    const wanted = sink.nextEpoch();
    const streaming = failures < STREAM_FAILURES_MAX || round % STREAM_RETRY_ROUNDS === 0;
    await attempt(() => sink.poll(!streaming, signal), sink);
    if (streaming) {
      const ended = await attempt(() => readStream(api, sink, signal), sink);
      failures = ended ? 0 : failures + 1;
    }
    wait = sink.nextEpoch() > wanted ? RETRY_FIRST_MS : Math.min(2 * wait, RETRY_LONGEST_MS);
    await pause(wait, signal);
  }
}

async function attempt(work: () => Promise<void>, sink: StatementSink): Promise<boolean> {
  try {
    await work();
    sink.contact(null);
    return true;
  } catch (error) {
    sink.contact(error);
    return false;
  }
}

/**
 * Reads one stream to its end. Silence beyond {@link STREAM_SILENCE_MS} ends it too: a dead
 * connection does not say so.
 */
async function readStream(
  api: ServiceApi,
  sink: StatementSink,
  signal: AbortSignal,
): Promise<void> {
  const connection = new AbortController();
  const abort = () => connection.abort(signal.reason);
  const silence = () => connection.abort(new Error("expected a sign of life on the epoch stream"));
  let timer = setTimeout(silence, STREAM_SILENCE_MS);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    for await (const statement of api.epochStream(sink.nextEpoch(), connection.signal)) {
      clearTimeout(timer);
      timer = setTimeout(silence, STREAM_SILENCE_MS);
      if (statement !== null) await sink.take(statement);
      if (signal.aborted) return;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    connection.abort();
  }
}
