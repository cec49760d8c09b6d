// SPDX-License-Identifier: Apache-2.0
/**
 * An enclave without a monitor: a key that signs whatever leaves a test gives it. Plays honest and
 * dishonest histories alike.
 */

import { reportDataV2 } from "@zeta/attestation/report-data";
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import { decodeCertificate, NO_CERTIFICATE, signCertificate } from "@zeta/protocol/certificate";
import {
  type CheckpointStatement,
  decodeCheckpoint,
  signCheckpoint,
} from "@zeta/protocol/checkpoint";
import type { CheckId } from "@zeta/protocol/checks";
import { instanceIdOf } from "@zeta/protocol/instance";
import { encodeReceipt } from "@zeta/protocol/receipt";
import { receiptLevels, receiptPath, receiptsRoot } from "@zeta/protocol/receipt-tree";
import { publicKeyOf } from "@zeta/protocol/signature";
import { NO_ORIGIN, type StatementHead } from "@zeta/protocol/statement";
import { signViolation } from "@zeta/protocol/violation";
import { seededRandom } from "./random.ts";

export const TEST_MEASUREMENT = seededRandom(77)(32);

export interface Leaf {
  readonly requestId: Uint8Array;
  readonly function: number;
  readonly hash: Uint8Array;
}

interface ClosedEpoch {
  readonly certificate: Uint8Array;
  readonly leaves: readonly (readonly Leaf[])[];
}

export class FakeEnclave {
  readonly attestation: ServiceAttestation;
  /** What this instance certified, from its first epoch on. */
  readonly closed: ClosedEpoch[] = [];
  /** The instances that this one continues. */
  readonly lineage: ServiceLineage;
  readonly firstEpoch: number;
  readonly origin: Uint8Array;
  readonly #secretKey: Uint8Array;
  readonly #threads: number;
  #leaves: Leaf[][];
  #previous: Uint8Array;
  #operations: bigint;

  constructor(
    seed: number,
    options: {
      threads?: number;
      previous?: Uint8Array;
      measurement?: Uint8Array;
      serviceId?: string;
      lineage?: ServiceLineage;
    } = {},
  ) {
    this.lineage = options.lineage ?? [];
    const last = this.lineage.at(-1);
    const begin = last === undefined ? null : decodeCheckpoint(last.checkpoint);
    this.firstEpoch = begin === null ? 0 : begin.checkpoint.epoch + 1;
    this.origin = begin?.hash ?? NO_ORIGIN;
    this.#operations = begin?.checkpoint.operations ?? 0n;
    const random = seededRandom(seed);
    this.#secretKey = random(32);
    this.#threads = options.threads ?? 1;
    this.#previous = options.previous ?? this.origin;
    this.#leaves = this.#noLeaves();
    const publicKey = publicKeyOf(this.#secretKey);
    const instanceId = instanceIdOf(publicKey);
    const measurement = options.measurement ?? TEST_MEASUREMENT;
    const reportData = reportDataV2({ publicKey, instanceId, measurement, purpose: "service" });
    this.attestation = {
      tee: "simulation",
      quote: produceSimulationQuote({ measurement, reportData, random }),
      publicKey,
      instanceId,
      measurement,
      serviceId: options.serviceId ?? "kv",
      profile: "bytes",
    };
  }

  get epoch(): number {
    return this.firstEpoch + this.closed.length;
  }

  /** Null for an epoch that is not certified, or was by an ancestor. */
  certificateOf(epoch: number): Uint8Array | null {
    return this.closed[epoch - this.firstEpoch]?.certificate ?? null;
  }

  /** Signs a checkpoint of what is certified; what is given replaces the honest fields. */
  checkpoint(fields: Partial<CheckpointStatement> = {}): Uint8Array {
    const { instanceId, serviceId, profile, measurement } = this.attestation;
    const head = { instanceId, serviceId, profile, measurement, origin: this.origin };
    const { epoch } = this;
    const history = { epoch: epoch - 1, operations: this.#operations, previous: this.#previous };
    const statement = { ...head, ...history, root: new Uint8Array(32).fill(epoch), ...fields };
    return signCheckpoint(statement, this.#secretKey);
  }

  /** Lineage of an instance that continues this one from a checkpoint. */
  lineageFrom(checkpoint = this.checkpoint()): ServiceLineage {
    return [...this.lineage, { attestation: this.attestation, checkpoint }];
  }

  /** Runs again what another instance has run in the epoch that is not closed. */
  rerunOpen(other: FakeEnclave): void {
    for (const [thread, leaves] of other.#leaves.entries()) {
      for (const leaf of leaves) this.append(leaf, thread);
    }
  }

  /** Runs again and certifies what another instance certified from this one's present epoch on, up to an epoch. */
  rerun(other: FakeEnclave, to = other.epoch - 1): void {
    while (this.epoch <= to) {
      const epoch = other.closed[this.epoch - other.firstEpoch];
      if (epoch === undefined)
        throw new Error(`expected epoch ${this.epoch} of the other instance`);
      for (const [thread, leaves] of epoch.leaves.entries()) {
        for (const leaf of leaves) this.append(leaf, thread);
      }
      this.closeEpoch();
    }
  }

  append(leaf: Leaf, thread = 0): void {
    this.#leaves[thread]?.push(leaf);
    this.#operations++;
  }

  /** Certifies the epoch that runs now. */
  closeEpoch(): Uint8Array {
    const leaves = this.#leaves;
    const certificate = this.sign({
      epoch: this.epoch,
      operations: this.#operations,
      previous: this.#previous,
      threads: leaves.map((thread) => ({
        leafCount: BigInt(thread.length),
        receiptsRoot: receiptsRoot(thread.map((leaf) => leaf.hash)),
      })),
    });
    this.closed.push({ certificate, leaves });
    this.#previous = decodeCertificate(certificate).hash;
    this.#leaves = this.#noLeaves();
    return certificate;
  }

  /** Signs any certificate at all; what is left out is as in the newest one. */
  sign(fields: Partial<Parameters<typeof signCertificate>[0]>): Uint8Array {
    const newest = this.closed.at(-1);
    const base = newest ? decodeCertificate(newest.certificate).certificate : this.#blank();
    return signCertificate({ ...base, ...fields }, this.#secretKey);
  }

  violation(check: CheckId, head: Partial<StatementHead> = {}): Uint8Array {
    const { instanceId, serviceId, profile, measurement, origin } = {
      origin: this.origin,
      ...this.attestation,
      ...head,
    };
    const { epoch } = this;
    const fields = { epoch, thread: 0, position: 1234n, check, previous: this.#previous };
    const statement = { instanceId, serviceId, profile, measurement, origin, ...fields };
    return signViolation(statement, this.#secretKey);
  }

  receipt(requestId: Uint8Array): { receipt: Uint8Array; certificate: Uint8Array } | null {
    for (const [place, { certificate, leaves }] of this.closed.entries()) {
      const epoch = this.firstEpoch + place;
      for (const [thread, list] of leaves.entries()) {
        const index = list.findIndex((leaf) => same(leaf.requestId, requestId));
        const leaf = list[index];
        if (leaf === undefined) continue;
        const path = receiptPath(receiptLevels(list.map(({ hash }) => hash)), index);
        const place = { thread, epoch, index: BigInt(index), leafCount: BigInt(list.length) };
        const receipt = encodeReceipt({ requestId, function: leaf.function, ...place, path });
        return { receipt, certificate };
      }
    }
    return null;
  }

  #noLeaves(): Leaf[][] {
    return Array.from({ length: this.#threads }, () => []);
  }

  #blank(): Parameters<typeof signCertificate>[0] {
    const { instanceId, serviceId, profile, measurement } = this.attestation;
    const threads = Array.from({ length: this.#threads }, () => ({
      leafCount: 0n,
      receiptsRoot: NO_CERTIFICATE,
    }));
    const { epoch, origin } = this;
    const history = { epoch, operations: this.#operations, threads, previous: this.#previous };
    return { instanceId, serviceId, profile, measurement, origin, ...history };
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
