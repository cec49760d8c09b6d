// SPDX-License-Identifier: Apache-2.0
/**
 * One HTTP request with a limit on everything: time to connect, to the answer's head, in total, and bytes. On node:http, because the
 * global fetch has no time-outs of its own that could be set.
 */
import http from "node:http";
import https from "node:https";
import { CallError, type CallErrorCode } from "../call-error.ts";

export interface CallLimits {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly totalMs: number;
  readonly bytesMax: number;
}

export interface HttpRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly limits: CallLimits;
  readonly agent: http.Agent | https.Agent;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Connections are kept; one per request in flight. */
export function createAgent(url: URL): http.Agent | https.Agent {
  const options = { keepAlive: true, maxSockets: 64 };
  return url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
}

/**
 * Sends one request and reads the whole answer, whatever its status. Redirects are answers like others.
 *
 * @throws CallError
 */
export function httpCall(request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { url, method, headers, body, limits, agent, signal } = request;
    if (signal.aborted) {
      reject(new CallError("aborted", `${method} ${url.pathname} was aborted`));
      return;
    }
    const timers = new Timers();
    const send = url.protocol === "https:" ? https.request : http.request;
    const outgoing = send(url, { method, headers, agent });
    const fail = (code: CallErrorCode, detail: string, cause?: unknown) => {
      if (timers.isOver) return;
      timers.end();
      signal.removeEventListener("abort", abort);
      outgoing.destroy();
      reject(new CallError(code, `${method} ${url.pathname}: ${detail}`, { cause }));
    };
    const abort = () => fail("aborted", "aborted");
    signal.addEventListener("abort", abort, { once: true });
    const limit = (ms: number, code: CallErrorCode) =>
      timers.add(ms, () => fail(code, `no progress in ${ms} ms`));
    limit(limits.totalMs, "total_timeout");
    const connecting = limit(limits.connectMs, "connect_timeout");
    let waiting: NodeJS.Timeout | null = null;
    onConnect(outgoing, url, () => {
      clearTimeout(connecting);
      waiting = limit(limits.headersMs, "headers_timeout");
    });
    outgoing.once("error", (error) =>
      fail(waiting === null ? "connect_failed" : "connection_lost", error.message, error),
    );
    outgoing.once("response", (incoming) => {
      if (waiting !== null) clearTimeout(waiting);
      readAnswer(incoming, limits.bytesMax, fail, (answer) => {
        if (timers.isOver) return;
        timers.end();
        signal.removeEventListener("abort", abort);
        resolve(answer);
      });
    });
    outgoing.end(body ?? undefined);
  });
}

/** A connection that was kept from an earlier request is there at once. */
function onConnect(outgoing: http.ClientRequest, url: URL, ready: () => void): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) ready();
    else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", ready);
  });
}

function readAnswer(
  incoming: http.IncomingMessage,
  bytesMax: number,
  fail: (code: CallErrorCode, detail: string, cause?: unknown) => void,
  done: (answer: HttpAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > bytesMax) fail("answer_too_large", `expected at most ${bytesMax} bytes`);
    else chunks.push(chunk);
  });
  incoming.once("error", (error) => fail("connection_lost", error.message, error));
  incoming.once("close", () => {
    if (!incoming.complete) fail("connection_lost", "the answer was cut off");
  });
  incoming.once("end", () => {
    const { statusCode, headers } = incoming;
    if (incoming.complete) done({ status: statusCode ?? 0, headers, body: Buffer.concat(chunks) });
  });
}

/** The running time limits of one request. */
class Timers {
  readonly #timers: NodeJS.Timeout[] = [];
  isOver = false;

  add(milliseconds: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(action, milliseconds);
    this.#timers.push(timer);
    return timer;
  }

  end(): void {
    this.isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
