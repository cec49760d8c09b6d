// SPDX-License-Identifier: Apache-2.0
import type { Proof } from "@zeta/client";
import { type Asked, certified, failed, provisional, type Told } from "./asked.ts";
import { Observable, type Observed } from "./observable.ts";

/** The latest questions that the page remembers. */
const ASKED_MAX = 50;

/** An answer of any kind of service, as far as this page needs it. */
export interface AnyAnswer extends Told {
  readonly certified: Promise<Proof>;
}

/** The questions of this page, the newest first, each with what has become of it so far. */
export class AskedList {
  readonly #asked = new Observable<readonly Asked[]>([]);
  readonly #now: () => number;
  readonly #onWait: (epoch: number, waited: number) => void;
  #count = 0;

  /**
   * @param now milliseconds of a clock that never goes back.
   * @param onWait told how long an answer of an epoch waited for its certificate, milliseconds.
   */
  constructor(now: () => number, onWait: (epoch: number, waited: number) => void = () => {}) {
    this.#now = now;
    this.#onWait = onWait;
  }

  get asked(): Observed<readonly Asked[]> {
    return this.#asked;
  }

  /** Asks, and follows the answer to its end. Never fails: failures are what becomes of the question. */
  async ask(question: string, instance: string, send: () => Promise<AnyAnswer>): Promise<void> {
    const id = ++this.#count;
    const asked: Asked = { id, question, instance, state: { stage: "asked" } };
    this.#asked.set([asked, ...this.#asked.value].slice(0, ASKED_MAX));
    let last = asked;
    const step = (next: Asked) => {
      last = next;
      this.#asked.set(this.#asked.value.map((one) => (one.id === id ? next : one)));
    };
    try {
      const answer = await send();
      step(provisional(last, answer, this.#now()));
      const proof = await answer.certified;
      step(certified(last, proof, this.#now()));
      if (last.state.stage === "certified") this.#onWait(last.state.epoch, last.state.waited);
    } catch (error) {
      step(failed(last, error));
    }
  }
}
