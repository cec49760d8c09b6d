// SPDX-License-Identifier: Apache-2.0
import type { Checked } from "@zeta/tee-api/check";
import { CallError } from "../call-error.ts";
import { type CallLimits, createAgent, type HttpAnswer, httpCall } from "./http-call.ts";

/** Limits of one kind of call, in milliseconds. */
export interface ClientTimeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly totalMs: number;
  /** In total for the data of a batch, which may be long. */
  readonly dataMs: number;
}

/** Longest JSON answer; old servers send the batch itself as one, and set their own. */
const JSON_ANSWER_BYTES_MAX = 1 << 20;

export interface JsonCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to the limits: a call that is asked to wait may take so much longer. */
  readonly extraMs?: number;
  readonly bytesMax?: number;
  readonly signal: AbortSignal;
}

/** Speaks JSON with one server. A refusal becomes a CallError with the problem's code. */
export class JsonClient {
  readonly #base: URL;
  readonly #timeouts: ClientTimeouts;
  readonly #agent;

  constructor(base: string, timeouts: ClientTimeouts) {
    this.#base = new URL(base);
    this.#timeouts = timeouts;
    this.#agent = createAgent(this.#base);
  }

  /** Any 2xx answer. */
  async call(call: JsonCall): Promise<HttpAnswer> {
    const { extraMs = 0, bytesMax = JSON_ANSWER_BYTES_MAX } = call;
    const { connectMs, headersMs, totalMs } = this.#timeouts;
    return this.#send(call, {
      connectMs,
      headersMs: headersMs + extraMs,
      totalMs: totalMs + extraMs,
      bytesMax,
    });
  }

  /** Bytes of a batch. */
  async download(path: string, bytesMax: number, signal: AbortSignal): Promise<Buffer> {
    const { connectMs, headersMs, dataMs } = this.#timeouts;
    const limits = { connectMs, headersMs, totalMs: dataMs, bytesMax };
    return (await this.#send({ method: "GET", path, signal }, limits)).body;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(call: JsonCall, limits: CallLimits): Promise<HttpAnswer> {
    const { method, path, body, headers = {}, signal } = call;
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await httpCall({
      url: new URL(path, this.#base),
      method,
      headers: { ...(text === null ? {} : contentHeaders(text)), ...headers },
      body: text,
      limits,
      agent: this.#agent,
      signal,
    });
    if (answer.status < 200 || answer.status > 299) throw refusalOf(method, path, answer);
    return answer;
  }
}

/** The answer's JSON, checked against the wire contract. */
export function readJson<T>(answer: HttpAnswer, check: (value: unknown) => Checked<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString("utf8"));
  } catch (cause) {
    throw new CallError("answer_malformed", "expected JSON, got another answer", { cause });
  }
  const checked = check(value);
  if (!checked.ok) throw new CallError("answer_malformed", `unexpected answer: ${checked.why}`);
  return checked.value;
}

function contentHeaders(text: string): Record<string, string> {
  return { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
}

/** What the server says is shown shortened and quoted: it may be anything. */
function refusalOf(method: string, path: string, answer: HttpAnswer): CallError {
  const text = answer.body.toString("utf8");
  let problem: string | null = null;
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    if (typeof code === "string") problem = code;
  } catch {
    // Plain text, as of old servers and of proxies.
  }
  const shown = JSON.stringify(text.slice(0, 200));
  return new CallError("refused", `${method} ${path}: status ${answer.status}, ${shown}`, {
    status: answer.status,
    problem,
    retryAfterMs: retryAfterMs(answer),
  });
}

/** Only the form in seconds: a date would need the server's clock. */
function retryAfterMs(answer: HttpAnswer): number | null {
  const text = answer.headers["retry-after"];
  return text !== undefined && /^\d{1,6}$/.test(text) ? 1000 * Number(text) : null;
}
