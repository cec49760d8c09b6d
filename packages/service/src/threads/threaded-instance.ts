// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import type { WorkerEnclave } from "@zeta/monitor/worker-enclave";
import { decodeCertificate } from "@zeta/protocol/certificate";
import type { StoredRecord, StoreStatistics } from "@zeta/store/store-worker";
import type { ShareOut, StoreShare } from "@zeta/store/wasm/share-out";
import { attestEnclave } from "../attest-enclave.ts";
import { CertificateLog } from "../certificate-log.ts";
import type { EngineCall } from "../engine-call.ts";
import type { InstanceAtRest } from "../instance-at-rest.ts";
import { CERTIFICATES_MAX } from "../limits.ts";
import { ReceiptBook } from "../receipt-book.ts";
import type { ServedInstance } from "../served-instance.ts";
import { ThreadedTree } from "./threaded-tree.ts";
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
  /** Begins with the whole tree at rest, for one whose state is kept; null: with an empty one, handed out at once. */
  readonly rest: TreeAtRest | null;
  readonly pause: () => Promise<void>;
  readonly events: InstanceEvents;
}

/** Where an instance begins whose state is kept. */
export interface TreeAtRest {
  readonly firstEpoch: number;
  readonly lineage: ServiceLineage;
  readonly fullDepth: number;
}

const FROM_NOTHING: TreeAtRest = { firstEpoch: 0, lineage: [], fullDepth: 0 };

export interface InstanceEvents {
  /** All workers have entered the epoch after it: every call of this one is answered. */
  readonly left: (epoch: number) => void;
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
  readonly certificates: CertificateLog;
  readonly attestation: ServiceAttestation;
  readonly lineage: ServiceLineage;
  readonly lanes: readonly WorkerLane[];
  readonly #enclave: WorkerEnclave;
  readonly #events: InstanceEvents;
  /** Signed, but leaves of the epoch may still be on their way. */
  readonly #unpublished: Uint8Array[] = [];
  /** By worker: the last epoch that it has committed, -1 before the first. */
  readonly #committed: number[];
  /** Epochs up to it may be told to be certified: what ran in them is kept. Without anything that keeps it all may. */
  #publishable: number;
  readonly #tree: ThreadedTree;
  #epoch: number;
  #closing: number | null = null;

  constructor(options: ThreadedInstanceOptions) {
    const { plan, serviceId, attestation, events, rest } = options;
    const { firstEpoch, lineage, fullDepth } = rest ?? FROM_NOTHING;
    this.#events = events;
    this.receipts = new ReceiptBook({ pause: options.pause });
    this.certificates = new CertificateLog(CERTIFICATES_MAX, firstEpoch);
    this.lineage = lineage;
    this.#epoch = firstEpoch;
    this.#publishable = rest === null ? Number.POSITIVE_INFINITY : firstEpoch - 1;
    this.#committed = plan.shares.map(() => firstEpoch - 1);
    this.#enclave = options.enclave;
    this.attestation = attestation ?? attestEnclave(this.#enclave.notary, serviceId);
    this.lanes = plan.shares.map((share, thread) =>
      this.#startLane(options, share as StoreShare, thread),
    );
    this.#tree = new ThreadedTree(this.lanes, plan, fullDepth);
  }

  #startLane(options: ThreadedInstanceOptions, share: StoreShare, thread: number): WorkerLane {
    const { plan, slots, valueMemoryBytes, recordsMax, rest } = options;
    const { replied, verified, failed } = this.#events;
    const prologue = thread === 0 && rest === null ? plan.prologue : new Uint8Array(0);
    const restEpoch = rest?.firstEpoch ?? null;
    const monitor = this.#enclave.seed(thread);
    return new WorkerLane(
      { monitor, slots, valueMemoryBytes, recordsMax, share, restEpoch, prologue },
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
    let left = this.lanes.length;
    for (const lane of this.lanes) {
      lane.enqueue(() => {
        lane.send({ kind: "enterEpoch" }, () => {
          left--;
          if (left === 0) this.#events.left(epoch);
        });
        return undefined;
      });
    }
    return epoch;
  }

  /** What ran in epochs up to this one is kept, so that they may be told to be certified. */
  publishUpTo(epoch: number): void {
    this.#publishable = Math.max(this.#publishable, epoch);
    this.#publish();
  }

  /** Takes back the records of the instance before, of which storage gives some at a time; returns how many. */
  restore(
    records: AsyncIterable<readonly StoredRecord[]>,
    breathe: () => Promise<void>,
  ): Promise<number> {
    return this.#tree.restore(records, breathe);
  }

  get rootValue(): Uint8Array {
    return this.#tree.rootValue;
  }

  get fullDepth(): number {
    return this.#tree.fullDepth;
  }

  /** The present epoch is the last before {@link ThreadedInstance.seal}, which ends it. */
  announceSeal(): number {
    this.#closing = this.#epoch;
    return this.#epoch;
  }

  /** Ends the present epoch with the whole tree at rest; no call may be under way. Its certificate follows. */
  async seal(): Promise<void> {
    // Its certificate may come before the last worker's reply.
    this.#epoch++;
    await this.#tree.seal();
  }

  /**
   * All that is kept of the tree at rest, whose last epoch is certified.
   *
   * @throws ZetaError `not_at_rest`, `worker_failed`.
   */
  async atRest(): Promise<InstanceAtRest> {
    // A dead worker's thread does not answer the enclave, either.
    const asked = this.#enclave.checkpoint();
    const checkpoint = await this.lanes.reduce((answer, lane) => lane.whileAlive(answer), asked);
    const changes = await this.#tree.changes();
    const { attestation, lineage, receipts, certificates, epoch, rootValue, fullDepth } = this;
    return {
      ...{ attestation, lineage, receipts, certificates, epoch, rootValue, fullDepth },
      checkpoint: () => checkpoint,
      changes: () => changes,
    };
  }

  /** Calls may run again. */
  async handOut(): Promise<void> {
    await this.#tree.handOut(this.#epoch);
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
      if (epoch > committed || epoch > this.#publishable) return;
      this.#unpublished.shift();
      this.certificates.append(statement);
      this.receipts.certify(epoch, statement);
      if (this.#closing === epoch) this.#closing = null;
      this.#events.certified(epoch);
    }
  }
}
