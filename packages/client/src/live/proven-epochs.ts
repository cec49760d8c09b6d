// SPDX-License-Identifier: Apache-2.0
import { PROVEN_EPOCHS_KEPT } from "../limits.ts";
import type { CertificateOf } from "./ancestor-certificate.ts";

/**
 * The certificates under which this client had answers proven. A chain need not hold them: it begins with whatever certificate the host
 * shows first, which may be a later one, and forgets its oldest. Whoever takes over must have certified all of these with the same content,
 * or an answer that was proven would be none of the history that goes on.
 */
export class ProvenEpochs {
  /** In the order in which they were proven. */
  readonly #byEpoch = new Map<number, CertificateOf>();
  #additions = 0;

  /** Grows with each epoch that is new. */
  get additions(): number {
    return this.#additions;
  }

  add(proven: CertificateOf): void {
    const { epoch } = proven.certificate.certificate;
    if (this.#byEpoch.has(epoch)) return;
    this.#byEpoch.set(epoch, proven);
    this.#additions++;
    if (this.#byEpoch.size <= PROVEN_EPOCHS_KEPT) return;
    const [oldest] = this.#byEpoch.keys();
    if (oldest !== undefined) this.#byEpoch.delete(oldest);
  }

  /** Those behind an epoch. */
  after(epoch: number): readonly CertificateOf[] {
    return [...this.#byEpoch.values()].filter(
      ({ certificate }) => certificate.certificate.epoch > epoch,
    );
  }

  /** They lie under a checkpoint that every later instance shares. */
  forgetBefore(epoch: number): void {
    for (const one of [...this.#byEpoch.keys()]) if (one < epoch) this.#byEpoch.delete(one);
  }
}
