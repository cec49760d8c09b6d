// SPDX-License-Identifier: Apache-2.0
/**
 * An enclave without a monitor: a key that signs whatever leaves a test gives it. Plays honest and
 * dishonest histories alike.
 */

import { reportDataV2 } from "@zeta/attestation/report-data";
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import { produceSimulationQuote } from "@zeta/attestation/simulation";
import { decodeCertificate, NO_CERTIFICATE, signCertificate } from "@zeta/protocol/certificate";
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
  readonly closed: ClosedEpoch[] = [];
  readonly #secretKey: Uint8Array;
  readonly #threads: number;
  #leaves: Leaf[][];
  #previous: Uint8Array;
  #operations = 0n;

  constructor(
    seed: number,
    options: { threads?: number; previous?: Uint8Array; measurement?: Uint8Array } = {},
  ) {
    const random = seededRandom(seed);
    this.#secretKey = random(32);
    this.#threads = options.threads ?? 1;
    this.#previous = options.previous ?? NO_CERTIFICATE;
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
      serviceId: "kv",
      profile: "bytes",
    };
  }

  get epoch(): number {
    return this.closed.length;
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
      origin: NO_ORIGIN,
      ...this.attestation,
      ...head,
    };
    const { epoch } = this;
    const fields = { epoch, thread: 0, position: 1234n, check, previous: this.#previous };
    const statement = { instanceId, serviceId, profile, measurement, origin, ...fields };
    return signViolation(statement, this.#secretKey);
  }

  receipt(requestId: Uint8Array): { receipt: Uint8Array; certificate: Uint8Array } | null {
    for (const [epoch, { certificate, leaves }] of this.closed.entries()) {
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
    const history = { epoch: 0, operations: 0n, threads, previous: this.#previous };
    const origin = NO_ORIGIN;
    return { instanceId, serviceId, profile, measurement, origin, ...history };
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
