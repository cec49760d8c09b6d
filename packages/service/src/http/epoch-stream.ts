// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { toHex } from "@zeta/protocol/hex";
import type { EpochEvent } from "@zeta/protocol/http-api";
import { RETRY_AFTER_SECONDS, STREAM_KEEP_ALIVE_MS } from "../limits.ts";
import type { ServedInstance } from "../served-instance.ts";
import type { ServiceEngine } from "../service-engine.ts";

/**
 * Server-sent events of one instance, and of those that it continues, for one client, who reads at his own pace: events are taken from the certificate log when the socket
 * has room, so a slow client costs nothing. One who falls behind the log is cut off and finds the gap when he comes back.
 */
export class EpochStream extends Readable {
  readonly #engine: ServiceEngine;
  readonly #instance: ServedInstance;
  readonly #unfollow: () => void;
  #next: number;
  #isViolationSent = false;
  #isHungry = false;
  #cancelKeepAlive: () => void = () => {};

  /** @throws ZetaError `too_many_requests` when too many streams are open. */
  constructor(engine: ServiceEngine, from: number | null) {
    super({ highWaterMark: 16_384, encoding: "utf8" });
    this.#engine = engine;
    this.#instance = engine.instance;
    this.#next = this.#start(from);
    this.#unfollow = engine.events.follow({ wake: () => this.#flow(), end: () => this.#end() });
    this.#keepAlive();
    // Something at once: without it no header leaves before the first event, and the client does not know that it is connected.
    this.push(`retry: ${RETRY_AFTER_SECONDS * 1000}\n\n`);
  }

  /** A client that asks for more than there is knows another instance: the newest certificate tells it so. */
  #start(from: number | null): number {
    const { latest, next, first } = this.#instance.certificates;
    return from === null || from > next ? (latest ?? next) : Math.max(from, first);
  }

  override _read(): void {
    this.#isHungry = true;
    this.#flow();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#cancelKeepAlive();
    this.#unfollow();
    done(error);
  }

  #flow(): void {
    while (this.#isHungry) {
      if (this.#next < this.#instance.certificates.first) {
        this.#end();
        return;
      }
      const text = this.#take();
      if (text === null) return;
      this.#isHungry = this.push(text);
    }
  }

  #take(): string | null {
    const { certificates, violation } = this.#instance;
    const certificate = certificates.get(this.#next);
    if (certificate !== null) {
      const epoch = this.#next++;
      return eventText({ type: "certificate", epoch, certificate: toHex(certificate) }, epoch);
    }
    if (violation === null || this.#isViolationSent) return null;
    this.#isViolationSent = true;
    return eventText({ type: "violation", violation: toHex(violation) }, null);
  }

  #keepAlive(): void {
    this.#cancelKeepAlive = this.#engine.clock.after(STREAM_KEEP_ALIVE_MS, () => {
      if (this.#isHungry) this.#isHungry = this.push(": keep-alive\n\n");
      this.#keepAlive();
    });
  }

  #end(): void {
    this.#isHungry = false;
    this.push(null);
  }
}

function eventText(event: EpochEvent, id: number | null): string {
  const lines = [`event: ${event.type}`, `data: ${JSON.stringify(event)}`];
  if (id !== null) lines.unshift(`id: ${id}`);
  return `${lines.join("\n")}\n\n`;
}
