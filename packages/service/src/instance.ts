// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import type { Enclave } from "@zeta/monitor/enclave";
import { equalBytes } from "@zeta/protocol/bytes";
import type { EpochCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import type { EpochEvent } from "@zeta/protocol/http-api";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import type { StoredRecord, StoreStatistics, StoreWorker } from "@zeta/store/store-worker";
import { attestEnclave } from "./attest-enclave.ts";
import { CertificateLog } from "./certificate-log.ts";
import { type EngineCall, type Executed, storeCallsOf } from "./engine-call.ts";
import type { InstanceAtRest } from "./instance-at-rest.ts";
import { MonitorFailedError } from "./problem.ts";
import { ReceiptBook } from "./receipt-book.ts";
import type { ServedInstance } from "./served-instance.ts";

/** An enclave and the store that feeds it; nothing has run on them. */
export interface InstanceParts {
  readonly enclave: Enclave;
  readonly store: StoreWorker;
  /** Down to this depth the store's tree has all nodes ({@link InstanceAtRest.fullDepth}); default 0. */
  readonly fullDepth?: number;
  /** The instances that this one continues; none: its store is empty. */
  readonly lineage?: ServiceLineage;
  /** The document over this enclave's key; without it one with a simulated quote is made. */
  readonly attestation?: ServiceAttestation;
}

export interface InstanceOptions extends InstanceParts {
  /** As the enclave signs it in every statement. */
  readonly serviceId: string;
  /** Resolves in the next turn of the event loop. */
  readonly pause: () => Promise<void>;
  readonly receiptsMax?: number;
  readonly receiptEpochsMax?: number;
  readonly certificatesMax?: number;
  /** Hears what the monitor accepted and certified. */
  readonly recorder?: LogRecorder;
}

/** Writes down a log while it is verified, for monitors elsewhere. */
export interface LogRecorder {
  frame(thread: number, log: Uint8Array): void;
  certificate(certificate: EpochCertificate): void;
}

/** The one worker of this service: store and monitor thread of the same number. */
export const THREAD = 0;

/** Changed records that the store hands out at once. */
const CHANGES_AT_ONCE = 4096;

/** A call that ran; its leaf has not come out of the monitor yet. */
interface Unproved extends Executed {
  readonly function: number;
  readonly leafIndex: bigint | null;
}

/**
 * One start of the enclave with all that belongs to it: store, receipts, certificates, attestation. Calls run at once on the store;
 * what they answered may be told only after {@link Instance.verify} has put the log through the monitor.
 */
export class Instance implements ServedInstance, InstanceAtRest {
  readonly fullDepth: number;
  readonly store: StoreWorker;
  readonly receipts: ReceiptBook;
  readonly certificates: CertificateLog;
  readonly attestation: ServiceAttestation;
  readonly lineage: ServiceLineage;
  readonly #enclave: Enclave;
  readonly #recorder: LogRecorder | null;
  #violation: Uint8Array | null = null;
  #logBytes = 0;
  #unproved: Unproved[] = [];

  constructor(options: InstanceOptions) {
    const { pause, receiptsMax, receiptEpochsMax } = options;
    this.#enclave = options.enclave;
    this.store = options.store;
    this.fullDepth = options.fullDepth ?? 0;
    this.#recorder = options.recorder ?? null;
    this.lineage = options.lineage ?? [];
    this.attestation = options.attestation ?? attestEnclave(options.enclave, options.serviceId);
    assert(
      equalBytes(this.attestation.publicKey, options.enclave.publicKey),
      "a document over this enclave's key",
    );
    this.certificates = new CertificateLog(options.certificatesMax, options.store.epoch);
    this.receipts = new ReceiptBook({
      pause,
      ...(receiptsMax !== undefined && { receiptsMax }),
      ...(receiptEpochsMax !== undefined && { epochsMax: receiptEpochsMax }),
    });
  }

  /** The epoch that calls run in now. */
  get epoch(): number {
    return this.store.epoch;
  }

  async statistics(): Promise<readonly StoreStatistics[]> {
    return [this.store.statistics];
  }

  /** The monitor's signed statement against this service; with it nothing runs and nothing is certified any more. */
  get violation(): Uint8Array | null {
    return this.#violation;
  }

  /** @throws MonitorFailedError after a violation. */
  assertHolds(): void {
    if (this.#violation !== null) throw new MonitorFailedError(this.#violation);
  }

  /** Log bytes verified so far. */
  get logBytes(): number {
    return this.#logBytes;
  }

  /** Runs a call on the store. The answer must not leave before the next {@link Instance.verify} has passed. */
  run(call: EngineCall): Executed {
    const [answer] = this.runSome([call], 0);
    assert(answer !== undefined, "the answer of the first call");
    return answer;
  }

  /** The same for the calls of a list from one on: as many, at least one, as the store runs at once. */
  runSome(calls: readonly EngineCall[], from: number): readonly Executed[] {
    assert(this.#violation === null, "no call after a violation");
    const outcomes = this.store.executeBatch(storeCallsOf(calls, from));
    return outcomes.map(({ result, epoch, leafIndex }, i) => {
      const { requestId, function: number } = calls[from + i] as EngineCall;
      const answer = { requestId, epoch, thread: THREAD, result, function: number, leafIndex };
      if (requestId !== null) this.#unproved.push(answer);
      return answer;
    });
  }

  /**
   * The enclave's word for the state of everything, from which another instance can go on. Only right after the store was sealed and all of
   * its log verified.
   *
   * @throws ZetaError `not_at_rest`.
   */
  checkpoint(): Uint8Array {
    return this.#enclave.checkpoint();
  }

  get rootValue(): Uint8Array {
    return this.store.rootValue;
  }

  *changes(): Generator<StoredRecord> {
    for (;;) {
      const changes = this.store.takeChanges(CHANGES_AT_ONCE);
      if (changes.length === 0) return;
      yield* changes;
    }
  }

  /** Ends the present epoch at once; returns when the monitor has certified it. */
  closeEpochNow(): void {
    const { store } = this;
    const epoch = store.beginEpochClose();
    store.continueEpochClose(Number.POSITIVE_INFINITY);
    this.verify();
    this.assertHolds();
    assert(this.certificates.latest === epoch, `the certificate of epoch ${epoch}`);
  }

  async closeEpochAgain(): Promise<void> {
    this.closeEpochNow();
  }

  async runAgain(calls: readonly EngineCall[]): Promise<readonly Executed[]> {
    const answers: Executed[] = [];
    while (answers.length < calls.length) {
      for (const answer of this.runSome(calls, answers.length)) answers.push(answer);
      this.verify();
      this.assertHolds();
    }
    return answers;
  }

  /** Puts the log written so far through the monitor. Returns what the enclave signed meanwhile. */
  verify(): EpochEvent[] {
    const news: EpochEvent[] = [];
    let proved = 0;
    for (const frame of this.store.drain()) {
      const { leaves, statements, check } = this.#enclave.verifyLog(THREAD, frame);
      this.#logBytes += frame.length;
      if (check === null) this.#recorder?.frame(THREAD, frame);
      for (let at = 0; at < leaves.length; at += DIGEST_BYTES) {
        this.#shelve(proved++, leaves.subarray(at, at + DIGEST_BYTES));
      }
      for (const statement of statements) news.push(this.#file(statement));
      if (this.#violation !== null) break;
      assert(check === null, `a frame that the monitor accepts or accuses, got ${check}`);
    }
    assert(
      this.#violation !== null || proved === this.#unproved.length,
      `a leaf for each of ${this.#unproved.length} calls, got ${proved}`,
    );
    this.#unproved = [];
    return news;
  }

  /** Leaves come out in log order, the order in which the calls ran. */
  #shelve(position: number, leaf: Uint8Array): void {
    const call = this.#unproved[position];
    assert(call !== undefined, "no more leaves than calls with a request id");
    const { requestId, epoch } = call;
    assert(requestId !== null, "a request id with each leaf");
    const place = { thread: THREAD, epoch, function: call.function };
    const index = this.receipts.append(requestId, place, leaf);
    assert(
      call.leafIndex === BigInt(index),
      `leaf ${call.leafIndex} of epoch ${epoch}, got ${index}`,
    );
  }

  #file(statement: Uint8Array): EpochEvent {
    const violation = this.#enclave.violation;
    if (violation !== null && Buffer.compare(violation, statement) === 0) {
      this.#violation = violation;
      return { type: "violation", violation: toHex(violation) };
    }
    const { certificate } = this.certificates.append(statement);
    const { epoch } = certificate;
    this.#recorder?.certificate(certificate);
    this.receipts.certify(epoch, statement);
    return { type: "certificate", epoch, certificate: toHex(statement) };
  }
}
