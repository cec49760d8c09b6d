// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { objectOf, stringOf } from "../json.ts";
import { STATEMENT_BODY_BYTES_MAX } from "../limits.ts";
import { readCapped } from "./read-capped.ts";
import { TransportError } from "./transport-error.ts";

/** The part of `fetch` that is used: a test or a proxy can give its own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  readonly fetch: Fetch;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Problem members longer than this are no use to anybody. */
const PROBLEM_CHARACTERS_MAX = 4096;

const TEXT = new TextDecoder("utf-8", { fatal: true });

/** JSON over HTTP with a deadline and a cap on every answer. */
export class Transport {
  readonly #base: URL;
  readonly #options: TransportOptions;

  constructor(url: string, options: TransportOptions) {
    const base = new URL(url);
    assert(/^https?:$/.test(base.protocol), `an http or https URL, got ${base.protocol}`);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    this.#base = base;
    this.#options = options;
  }

  /**
   * Reads one JSON answer with `read`, which throws ZetaError `malformed` for a shape it does not
   * expect.
   */
  async json<T>(
    path: string,
    read: (value: unknown) => T,
    options: {
      readonly body?: unknown;
      readonly maxBytes: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<T> {
    const deadline = deadlineOf(this.#options.timeoutMs, options.signal);
    try {
      const response = await this.#send(path, options.body, deadline.signal, {
        headers: options.headers ?? {},
      });
      const bytes = await readCapped(response, options.maxBytes);
      return decodeAnswer(bytes, read, path);
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof TransportError) throw cause;
      throw networkError(path, cause);
    } finally {
      deadline.clear();
    }
  }

  /** Opens a stream: the deadline holds for its headers only. */
  async open(path: string, accept: string, signal: AbortSignal): Promise<Response> {
    const deadline = deadlineOf(this.#options.timeoutMs, signal);
    try {
      return await this.#send(path, undefined, deadline.signal, { accept });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof TransportError) throw cause;
      throw networkError(path, cause);
    } finally {
      deadline.stopClock();
    }
  }

  async #send(
    path: string,
    body: unknown,
    signal: AbortSignal,
    own: { readonly accept?: string; readonly headers?: Readonly<Record<string, string>> },
  ) {
    const { accept = "application/json" } = own;
    const headers: Record<string, string> = { ...this.#options.headers, ...own.headers, accept };
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await this.#options.fetch(new URL(path, this.#base).href, {
      method: body === undefined ? "GET" : "POST",
      headers,
      signal,
      cache: "no-store",
      // Following a redirect would send requests where the caller never wanted them to go.
      redirect: "error",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await problemOf(response, path);
    return response;
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Ends both the timer and the link to the caller's signal. */
  readonly clear: () => void;
  /** Ends the timer only: the caller's signal still aborts what was opened. */
  readonly stopClock: () => void;
}

function deadlineOf(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  const expire = () => controller.abort(new Error(`expected an answer within ${timeoutMs} ms`));
  const timer = setTimeout(expire, timeoutMs);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort, { once: true });
  const stopClock = () => clearTimeout(timer);
  const clear = () => {
    stopClock();
    outer?.removeEventListener("abort", abort);
  };
  return { signal: controller.signal, clear, stopClock };
}

function decodeAnswer<T>(bytes: Uint8Array, read: (value: unknown) => T, path: string): T {
  try {
    return read(JSON.parse(TEXT.decode(bytes)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "not JSON";
    throw new TransportError("service_error", `${path}: ${reason}`, {
      problem: "malformed_answer",
      cause,
    });
  }
}

/**
 * RFC 9457 problem details as far as they can be read; any other body of an error status is a
 * problem without code.
 */
async function problemOf(response: Response, path: string): Promise<TransportError> {
  const { status } = response;
  try {
    const bytes = await readCapped(response, STATEMENT_BODY_BYTES_MAX);
    const problem = objectOf(JSON.parse(TEXT.decode(bytes)), "problem");
    const code = stringOf(problem.code, 64, "problem code");
    const detail = stringOf(problem.detail ?? "", PROBLEM_CHARACTERS_MAX, "problem detail");
    const hex = problem.violation;
    const violation =
      hex === undefined ? null : fromHex(stringOf(hex, PROBLEM_CHARACTERS_MAX, "violation"));
    const message = `${path}: ${status} ${code}: ${detail}`;
    return new TransportError("service_error", message, { problem: code, status, violation });
  } catch (cause) {
    const message = `${path}: expected problem details with status ${status}, got another body`;
    const problem = "malformed_answer";
    return new TransportError("service_error", message, { problem, status, cause });
  }
}

function networkError(path: string, cause: unknown): TransportError {
  const reason = cause instanceof Error ? deepestMessage(cause) : String(cause);
  return new TransportError("network_error", `${path}: ${reason}`, { cause });
}

/** Node's fetch says "fetch failed" and hides the reason in the cause. */
function deepestMessage(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === "" ? error.message : deepestMessage(cause);
}
