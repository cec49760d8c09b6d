// SPDX-License-Identifier: Apache-2.0
import type { Trust } from "@zeta/client";
import { isRefused, type RefusedError } from "@zeta/client/refusal";
import { equalBytes } from "@zeta/protocol/bytes";
import { type EpochHistory, NO_EPOCHS, withCertificate, withWait } from "./epoch-history.ts";
import { Observable, type Observed } from "./observable.ts";
import { apiOf, type OpenService, openService } from "./open-service.ts";

/** Where the page stands with the service that serves it. */
export type SessionState =
  | { readonly stage: "connecting" }
  | { readonly stage: "closed" }
  /** No answer yet; tried again by itself. */
  | { readonly stage: "unreachable"; readonly message: string }
  /** What answers is not acceptable: a quote, a key or a monitor that the page does not believe. */
  | { readonly stage: "rejected"; readonly refusal: RefusedError }
  | { readonly stage: "open"; readonly service: OpenService }
  /** The instance is refused for good. */
  | {
      readonly stage: "ended";
      readonly service: OpenService;
      readonly refusal: RefusedError;
      /** Does another instance answer by now? */
      readonly successor: boolean;
    };

/** Pause before an unreachable service, or a refused one, is looked at again. */
const LOOK_AGAIN_MS = 2000;

/** One client after the other: each lives as long as its instance is believed. */
export class Session {
  readonly #url: string;
  readonly #accepted: () => Trust;
  readonly #state = new Observable<SessionState>({ stage: "connecting" });
  readonly #trouble = new Observable<string | null>(null);
  readonly #epochs = new Observable<EpochHistory>(NO_EPOCHS);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts beginnings: one that was overtaken by another, or by the end, opens nothing. */
  #beginnings = 0;

  /** @param accepted what the page accepts, asked at each beginning */
  constructor(url: string, accepted: () => Trust) {
    this.#url = url;
    this.#accepted = accepted;
  }

  get state(): Observed<SessionState> {
    return this.#state;
  }

  /** Why the service does not answer just now; null while it does. */
  get trouble(): Observed<string | null> {
    return this.#trouble;
  }

  get epochs(): Observed<EpochHistory> {
    return this.#epochs;
  }

  /** Connects, to whichever instance answers now. */
  async begin(): Promise<void> {
    const beginning = this.#leave({ stage: "connecting" });
    this.#trouble.set(null);
    this.#epochs.set(NO_EPOCHS);
    try {
      const service = await openService(this.#url, this.#accepted());
      if (beginning === this.#beginnings) this.#follow(service);
      else service.client.close();
    } catch (error) {
      if (beginning !== this.#beginnings) return;
      if (isRefused(error) && error.evidence !== null) {
        this.#state.set({ stage: "rejected", refusal: error });
        return;
      }
      this.#state.set({ stage: "unreachable", message: messageOf(error) });
      this.#timer = setTimeout(() => void this.begin(), LOOK_AGAIN_MS);
    }
  }

  /** Ends all connections and looks no more. */
  close(): void {
    this.#leave({ stage: "closed" });
  }

  /** Ends what was, and whatever is on its way. Returns the number of this beginning. */
  #leave(state: SessionState): number {
    clearTimeout(this.#timer);
    const before = this.#state.value;
    if (before.stage === "open" || before.stage === "ended") before.service.client.close();
    this.#state.set(state);
    return ++this.#beginnings;
  }

  /** Notes how long an answer of this page waited for its certificate. */
  noteWait(epoch: number, waited: number): void {
    this.#epochs.set(withWait(this.#epochs.value, epoch, waited));
  }

  #follow(service: OpenService): void {
    const { client } = service;
    if (client.head !== null) this.#epochs.set(withCertificate(NO_EPOCHS, client.head));
    this.#state.set({ stage: "open", service });
    client.watch({
      certificate: (signed) => this.#epochs.set(withCertificate(this.#epochs.value, signed)),
      contact: (error) => this.#trouble.set(error === null ? null : messageOf(error)),
      // The client is about the next instance of the same service now; whoever shows it looks again.
      restart: () => this.#state.set({ stage: "open", service }),
      refusal: (refusal) => this.#end(service, refusal),
    });
  }

  #end(service: OpenService, refusal: RefusedError): void {
    this.#trouble.set(null);
    const successor = refusal.code === "instance_changed";
    this.#state.set({ stage: "ended", service, refusal, successor });
    if (!successor) this.#timer = setTimeout(() => void this.#lookForSuccessor(), LOOK_AGAIN_MS);
  }

  /** Has the service been restarted? Only its operator can do that. */
  async #lookForSuccessor(): Promise<void> {
    const ended = this.#state.value;
    if (ended.stage !== "ended") return;
    const answering = await this.#instanceAnswering();
    if (this.#state.value !== ended) return;
    const { instanceId } = ended.service.client.attestation;
    if (answering !== null && !equalBytes(answering, instanceId)) {
      this.#state.set({ ...ended, successor: true });
      return;
    }
    this.#timer = setTimeout(() => void this.#lookForSuccessor(), LOOK_AGAIN_MS);
  }

  async #instanceAnswering(): Promise<Uint8Array | null> {
    try {
      const { instanceId } = await apiOf(this.#url).attestation();
      this.#trouble.set(null);
      return instanceId;
    } catch (error) {
      this.#trouble.set(messageOf(error));
      return null;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
