// SPDX-License-Identifier: Apache-2.0
/** GET with a cap on the answer, a limit on the time and patience with servers that are busy. */

import { concatBytes } from "@zeta/protocol/bytes";
import { isAttestationError, refuse } from "../error.ts";

export interface HttpOptions {
  /** The platform's `fetch`; tests and proxies bring their own. */
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  /** Waits between attempts. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

export interface HttpAnswer {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

const ATTEMPTS = 4;
const PAUSE_MILLISECONDS = 1000;
const PAUSE_MILLISECONDS_MAX = 30_000;
const TIMEOUT_MILLISECONDS = 30_000;
/** Collateral and certificates are under 100 KiB. */
const ANSWER_BYTES_MAX = 1 << 20;

/** Throws `FETCH_FAILED` on anything but 200, after waiting out 429 and 5xx a few times. */
export async function httpGet(url: string, options: HttpOptions): Promise<HttpAnswer> {
  const wait = options.wait ?? pause;
  for (let attempt = 1; ; attempt++) {
    const response = await request(url, options);
    if (response.status === 200) {
      return { bytes: await cappedBody(response, url, options), headers: response.headers };
    }
    await response.body?.cancel();
    const busy = response.status === 429 || response.status >= 500;
    if (!busy || attempt === ATTEMPTS) {
      return refuse("FETCH_FAILED", `expected status 200 from ${url}, got ${response.status}`);
    }
    await wait(retryAfter(response.headers, attempt));
  }
}

async function request(url: string, options: HttpOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    return await (options.fetch ?? globalThis.fetch)(url, { signal, redirect: "error" });
  } catch (error) {
    return unanswered(url, options, error);
  }
}

function unanswered(url: string, options: HttpOptions, cause: unknown): never {
  // The caller's own abort is not a failure of the server.
  options.signal?.throwIfAborted();
  return refuse("FETCH_FAILED", `expected a whole answer from ${url}, got none`, cause);
}

async function cappedBody(
  response: Response,
  url: string,
  options: HttpOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > ANSWER_BYTES_MAX) {
        return refuse("FETCH_FAILED", `expected at most ${ANSWER_BYTES_MAX} bytes from ${url}`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (isAttestationError(error)) throw error;
    return unanswered(url, options, error);
  }
  return concatBytes(...chunks);
}

/** The server's wish in seconds if it has one, else doubling pauses. */
function retryAfter(headers: Headers, attempt: number): number {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const wished = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
  return Math.min(PAUSE_MILLISECONDS_MAX, wished || PAUSE_MILLISECONDS * 2 ** (attempt - 1));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
