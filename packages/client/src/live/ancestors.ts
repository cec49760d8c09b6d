// SPDX-License-Identifier: Apache-2.0
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import { equalBytes } from "@zeta/protocol/bytes";
import type { SignedCheckpoint } from "@zeta/protocol/checkpoint";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { CertificateChain } from "../certificate-chain.ts";
import { beginningOf, checkpointsOf } from "../verify/beginning.ts";
import { checkInstance } from "../verify/check-instance.ts";
import { StepFailure } from "../verify/findings.ts";
import type { Judgement, KnownInstance } from "./known-instance.ts";

/** An instance that ended, and the checkpoint from which the next one began. */
export interface KnownAncestor extends KnownInstance {
  readonly checkpoint: SignedCheckpoint;
}

/** An instance that answers, and those that it continues. */
export interface LivingInstance extends KnownInstance {
  readonly ancestors: Ancestors;
}

/**
 * The instances that a living one continues. Their checkpoints divide the history: an epoch belongs to the first of them that made its
 * checkpoint in it or after it, and to no other. What is known of their certificates is kept when the service is restarted once more.
 */
export class Ancestors {
  readonly #lineage: ServiceLineage;
  readonly #checkpoints: readonly SignedCheckpoint[];
  readonly #judgement: Judgement;
  /** By instance id in hex. */
  readonly #known = new Map<string, KnownInstance>();

  /** @param lineage checked */
  constructor(lineage: ServiceLineage, judgement: Judgement) {
    this.#lineage = lineage;
    this.#checkpoints = checkpointsOf(lineage);
    this.#judgement = judgement;
  }

  /** Remembers an instance that was watched, and what it remembered of those before it. */
  adopt(before: LivingInstance): void {
    for (const one of [...before.ancestors.known, before]) {
      this.#known.set(toHex(one.attestation.instanceId), one);
    }
  }

  /** All that are remembered; one that crashed before its checkpoint is no ancestor and may still be among them. */
  get known(): readonly KnownInstance[] {
    return [...this.#known.values()];
  }

  has({ instanceId }: { readonly instanceId: Uint8Array }): boolean {
    return this.#lineage.some(({ attestation }) => equalBytes(attestation.instanceId, instanceId));
  }

  /**
   * The one whose certificate of an epoch counts, which is before the living one's first.
   *
   * @throws StepFailure when its quote is not accepted any more.
   */
  async of(epoch: number): Promise<KnownAncestor> {
    const index = this.#indexOf(epoch);
    const checkpoint = this.#checkpoints[index];
    assert(checkpoint !== undefined, `an epoch of an ancestor, got ${epoch}`);
    return { ...(await this.#at(index)), checkpoint };
  }

  /** Is it the instance whose certificate of this epoch counts? */
  owns(epoch: number, { instanceId }: { readonly instanceId: Uint8Array }): boolean {
    const owner = this.#lineage[this.#indexOf(epoch)];
    return owner !== undefined && equalBytes(owner.attestation.instanceId, instanceId);
  }

  /** -1: it is an epoch of the living instance. */
  #indexOf(epoch: number): number {
    return this.#checkpoints.findIndex(({ checkpoint }) => epoch <= checkpoint.epoch);
  }

  async #at(index: number): Promise<KnownInstance> {
    const { attestation } = this.#lineage[index] as ServiceLineage[number];
    const id = toHex(attestation.instanceId);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const claim = { attestation, lineage: this.#lineage.slice(0, index) };
    const { policy, checked } = this.#judgement;
    const { steps, failure } = await checkInstance(claim, policy, checked);
    if (failure !== null) throw new StepFailure(failure.code, failure.detail, failure.check);
    const chain = new CertificateChain(attestation, beginningOf(claim.lineage));
    const ancestor = { ...claim, steps, chain };
    this.#known.set(id, ancestor);
    return ancestor;
  }
}
