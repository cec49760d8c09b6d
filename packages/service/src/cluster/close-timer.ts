// SPDX-License-Identifier: Apache-2.0
import { ClosePace } from "@zeta/store/close-pace";
import type { Kv64Store, WarmthPolicy } from "@zeta/store/wasm/kv64-store";

/** Measures how long a worker's closes take, and lets records cool down sooner when that is too long. */
export class CloseTimer {
  readonly #store: Pick<Kv64Store, "setWarmth">;
  readonly #closeMsMost: number | null;
  #warmth: WarmthPolicy;
  #pace: ClosePace | null;
  #beganMs = 0;

  /** @param closeMsMost null: a close may take as long as it likes */
  constructor(
    store: Pick<Kv64Store, "setWarmth">,
    warmth: WarmthPolicy,
    closeMsMost: number | null,
  ) {
    this.#store = store;
    this.#closeMsMost = closeMsMost;
    this.#warmth = warmth;
    this.#pace = this.#newPace();
  }

  #newPace(): ClosePace | null {
    const { recordEpochs } = this.#warmth;
    return this.#closeMsMost === null ? null : new ClosePace(recordEpochs, this.#closeMsMost);
  }

  /** Another policy than the one of the start: what was learnt is of no use for it. */
  setWarmth(warmth: WarmthPolicy): void {
    this.#store.setWarmth(warmth);
    this.#warmth = warmth;
    this.#pace = this.#newPace();
  }

  began(nowMs: number): void {
    this.#beganMs = nowMs;
  }

  ended(nowMs: number): void {
    if (!this.#pace?.learn(nowMs - this.#beganMs)) return;
    this.#store.setWarmth({ ...this.#warmth, recordEpochs: this.#pace.recordEpochs });
  }
}
