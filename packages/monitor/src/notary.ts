// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate } from "@zeta/protocol/certificate";
import type { CheckId } from "@zeta/protocol/checks";
import { assert, ZetaError } from "@zeta/protocol/error";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { Profile } from "@zeta/protocol/profile";
import type { StatementHead } from "@zeta/protocol/statement";
import { AGGREGATE_THREAD } from "@zeta/protocol/violation";
import type { AggregateEvent } from "./aggregator.ts";
import type { Rest } from "./at-rest.ts";
import type { Beginning } from "./continuation.ts";
import { createInstanceKey, type InstanceKey, type RandomBytes } from "./instance-key.ts";

export interface NotaryOptions {
  readonly profile: Profile;
  /** 1..64 printable ASCII characters, in every statement. */
  readonly serviceId: string;
  /** SHA-256 of the monitor's module, in every statement. */
  readonly measurement: Uint8Array;
  /** Where the instance begins. */
  readonly beginning: Beginning;
  readonly random: RandomBytes;
}

/** What a violation says. */
export interface Accusation {
  readonly epoch: number;
  readonly check: CheckId;
  readonly thread: number;
  /** Bytes of the thread's log before the refused entry. */
  readonly position: bigint;
}

/**
 * Speaks for an instance: holds its key, signs the chain of certificates, checkpoints, and the first violation, after which it signs nothing
 * more.
 * It never gives the secret key away.
 */
export class Notary {
  readonly #head: StatementHead;
  readonly #key: InstanceKey;
  /** Told of each statement when it is signed. */
  readonly #publish: (statement: Uint8Array) => void;
  #operations: bigint;
  #previous: Uint8Array;
  #latestCertificate: Uint8Array | null = null;
  #violation: Uint8Array | null = null;

  constructor(options: NotaryOptions, publish: (statement: Uint8Array) => void) {
    const { profile, serviceId, measurement, beginning, random } = options;
    this.#publish = publish;
    this.#key = createInstanceKey(random);
    const { instanceId } = this.#key;
    const { origin, operations } = beginning;
    this.#operations = operations;
    this.#previous = origin;
    this.#head = { instanceId, serviceId, profile, measurement: measurement.slice(), origin };
    assert(measurement.length === DIGEST_BYTES, "a measurement of 32 bytes");
  }

  get instanceId(): Uint8Array {
    return this.#key.instanceId.slice();
  }

  /** Compressed secp256k1, 33 bytes. */
  get publicKey(): Uint8Array {
    return this.#key.publicKey.slice();
  }

  get measurement(): Uint8Array {
    return this.#head.measurement.slice();
  }

  /** Hash of the checkpoint from which the instance began, zeros if it began with an empty store. */
  get origin(): Uint8Array {
    return this.#head.origin.slice();
  }

  /** The last certificate signed (body and signature), null before the first. */
  get latestCertificate(): Uint8Array | null {
    return this.#latestCertificate?.slice() ?? null;
  }

  /** The signed violation statement, null while all is well. */
  get violation(): Uint8Array | null {
    return this.#violation?.slice() ?? null;
  }

  /** News from the aggregate. */
  hear(event: AggregateEvent): void {
    if (event.kind === "certified") this.#certify(event);
    else {
      const { epoch, check } = event;
      this.accuse({ epoch, check, thread: AGGREGATE_THREAD, position: 0n });
    }
  }

  /**
   * After a violation nothing is certified any more, even if the remaining threads still balance.
   */
  #certify({ epoch, operations, threads }: Extract<AggregateEvent, { kind: "certified" }>): void {
    if (this.#violation !== null) return;
    this.#operations += operations;
    const signed = this.#key.signCertificate({
      ...this.#head,
      epoch,
      operations: this.#operations,
      threads,
      previous: this.#previous,
    });
    this.#previous = decodeCertificate(signed).hash;
    this.#latestCertificate = signed;
    this.#publish(signed.slice());
  }

  /**
   * Signs a checkpoint of what the instance came to in its last certified epoch.
   *
   * @throws ZetaError `not_at_rest` after a violation.
   */
  checkpoint({ epoch, root }: Rest): Uint8Array {
    if (this.#violation !== null) {
      throw new ZetaError("not_at_rest", "expected an instance without violation, got a violation");
    }
    assert(this.#latestCertificate !== null, "a certificate of the epoch");
    const { certificate, hash: previous } = decodeCertificate(this.#latestCertificate);
    assert(certificate.epoch === epoch, `a certificate of epoch ${epoch}`);
    const { operations } = certificate;
    return this.#key.signCheckpoint({ ...this.#head, epoch, operations, root, previous });
  }

  /** Signs the first violation; those that follow from it say nothing new. */
  accuse(what: Accusation): void {
    if (this.#violation !== null) return;
    this.#violation = this.#key.signViolation({
      ...this.#head,
      ...what,
      previous: this.#previous,
    });
    this.#publish(this.#violation.slice());
  }
}
