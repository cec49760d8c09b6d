// SPDX-License-Identifier: Apache-2.0
import { malformed } from "../json.ts";
import { STREAM_EVENT_BYTES_MAX } from "../limits.ts";

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Server-sent events out of text that comes in pieces (WHATWG HTML §9.2.6). `retry` and `id` are
 * the server's wishes and not needed here: the client knows itself which epoch it wants next.
 */
export class EventStreamParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #size = 0;
  /**
   * The last piece ended with a carriage return: a line feed at the start of the next one belongs
   * to it.
   */
  #afterReturn = false;

  /** @throws ZetaError `malformed` when an event is longer than any that the service sends. */
  push(piece: string): readonly ServerEvent[] {
    const text = this.#afterReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece !== "") this.#afterReturn = piece.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    this.#limit(this.#rest.length);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): readonly ServerEvent[] {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return [];
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") {
      this.#size += value.length + 1;
      this.#data.push(value);
    }
    this.#limit(this.#event.length);
    return [];
  }

  #dispatch(): readonly ServerEvent[] {
    const event = { event: this.#event || "message", data: this.#data.join("\n") };
    const hasData = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    this.#size = 0;
    return hasData ? [event] : [];
  }

  #limit(more: number): void {
    if (this.#size + more > STREAM_EVENT_BYTES_MAX) {
      malformed(`events of at most ${STREAM_EVENT_BYTES_MAX} characters`, this.#size + more);
    }
  }
}
