// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import type { WorkerEnclave } from "@zeta/monitor/worker-enclave";
import { decodeCertificate } from "@zeta/protocol/certificate";
import type { StoreStatistics } from "@zeta/store/store-worker";
import type { ShareOut, StoreShare } from "@zeta/store/wasm/share-out";
import { attestEnclave } from "../attest-enclave.ts";
import { CertificateLog } from "../certificate-log.ts";
import type { EngineCall } from "../engine-call.ts";
import { ReceiptBook } from "../receipt-book.ts";
import type { ServedInstance } from "../served-instance.ts";
import { WorkerLane } from "./worker-lane.ts";
import type { Reply } from "./worker-messages.ts";

export interface ThreadedInstanceOptions {
  readonly enclave: WorkerEnclave;
  /** The document over the enclave's key; without it one with a simulated quote is made. */
  readonly attestation: ServiceAttestation | null;
  readonly serviceId: string;
  readonly plan: ShareOut;
  readonly slots: number;
  readonly valueMemoryBytes: number;
  readonly recordsMax: number | null;
  readonly pause: () => Promise<void>;
  readonly events: InstanceEvents;
}

export interface InstanceEvents {
  /** A certificate can be told of: all receipts of its epoch are here. */
  readonly certified: (epoch: number) => void;
  readonly violated: () => void;
  readonly replied: (reply: Reply) => void;
  readonly verified: (logBytes: number) => void;
  readonly failed: (error: Error) => void;
}

/** One start of an enclave with a monitor thread in each of several workers, and all that belongs to it. */
export class ThreadedInstance implements ServedInstance {
  readonly receipts: ReceiptBook;
  readonly certificates = new CertificateLog();
  readonly attestation: ServiceAttestation;
  /** Several threads begin from nothing: a root names the state of one. */
  readonly lineage: ServiceLineage = [];
  readonly lanes: readonly WorkerLane[];
  readonly #enclave: WorkerEnclave;
  readonly #events: InstanceEvents;
  /** Signed, but leaves of the epoch may still be on their way. */
  readonly #unpublished: Uint8Array[] = [];
  /** By worker: the last epoch that it has committed, -1 before the first. */
  readonly #committed: number[];
  #epoch = 0;
  #closing: number | null = null;

  constructor(options: ThreadedInstanceOptions) {
    const { plan, serviceId, attestation, events } = options;
    this.#events = events;
    this.receipts = new ReceiptBook({ pause: options.pause });
    this.#committed = plan.shares.map(() => -1);
    this.#enclave = options.enclave;
    this.attestation = attestation ?? attestEnclave(this.#enclave.notary, serviceId);
    this.lanes = plan.shares.map((share, thread) =>
      this.#startLane(options, share as StoreShare, thread),
    );
  }

  #startLane(options: ThreadedInstanceOptions, share: StoreShare, thread: number): WorkerLane {
    const { plan, slots, valueMemoryBytes, recordsMax } = options;
    const { replied, verified, failed } = this.#events;
    const prologue = thread === 0 ? plan.prologue : new Uint8Array(0);
    const monitor = this.#enclave.seed(thread);
    return new WorkerLane(
      { monitor, slots, valueMemoryBytes, recordsMax, share, prologue },
      {
        replied: (reply) => {
          verified(reply.logBytes);
          replied(reply);
        },
        committed: (epoch, logBytes) => {
          verified(logBytes);
          this.#committed[thread] = epoch;
          this.#publish();
        },
        failed,
      },
    );
  }

  get violation(): Uint8Array | null {
    return this.#enclave.notary.violation;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The epoch whose certificate is awaited, null if none is. */
  get closing(): number | null {
    return this.#closing;
  }

  async statistics(): Promise<readonly StoreStatistics[]> {
    const all = await Promise.all(this.lanes.map((lane) => lane.statistics()));
    return all.filter((one) => one !== null);
  }

  /** Calls routed from now on run in the next epoch, in every worker. Returns the epoch that ends. */
  beginEpochClose(): number {
    const epoch = this.#epoch;
    this.#closing = epoch;
    this.#epoch++;
    for (const lane of this.lanes) {
      lane.enqueue(() => {
        lane.send({ kind: "enterEpoch" }, () => {});
        return undefined;
      });
    }
    return epoch;
  }

  /** A call ran, with the leaf of its receipt. */
  shelve(call: EngineCall, thread: number, epoch: number, leaf: Uint8Array): void {
    const { requestId, function: number } = call;
    if (requestId !== null)
      this.receipts.append(requestId, { thread, epoch, function: number }, leaf);
  }

  async stop(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.kill()));
    this.#enclave.close();
  }

  /** Hears of everything that the enclave signs. */
  hear(statement: Uint8Array): void {
    if (this.violation !== null) {
      this.#events.violated();
      return;
    }
    this.#unpublished.push(statement);
    this.#publish();
  }

  #publish(): void {
    const committed = Math.min(...this.#committed);
    for (;;) {
      const [statement] = this.#unpublished;
      if (statement === undefined) return;
      const { epoch } = decodeCertificate(statement).certificate;
      if (epoch > committed) return;
      this.#unpublished.shift();
      this.certificates.append(statement);
      this.receipts.certify(epoch, statement);
      if (this.#closing === epoch) this.#closing = null;
      this.#events.certified(epoch);
    }
  }
}
