// SPDX-License-Identifier: Apache-2.0
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { WorkerEnclave } from "@zeta/monitor/worker-enclave";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { BATCH_MAX, type Kv64Placement, type WarmthPolicy } from "@zeta/store/wasm/kv64-store";
import { type ShareOut, shareOut } from "@zeta/store/wasm/share-out";
import { storeModule } from "@zeta/store/wasm/store-module";
import { COMMAND, type RingPlace } from "./batch-ring.ts";
import { ClusterError } from "./cluster-error.ts";
import { collect, fill, type Kv64Answer, type Kv64Operation } from "./operations.ts";
import { WorkerLink } from "./worker-link.ts";
import type { WorkerStatistics } from "./worker-start.ts";

/** Epochs that may be closing at once: half of what the aggregate keeps, so that no worker runs out of its table. */
export const CLOSING_EPOCHS_MAX = 16;

export const WARMTH_DEFAULT: WarmthPolicy = {
  recordEpochs: 64,
  nodeEpochs: 2,
  demotionsMax: 1 << 16,
};

/** Deferred elements between two looks at the clock: about a millisecond. */
export const CLOSE_BUDGET_DEFAULT = 8192;

export interface Kv64ClusterOptions {
  /** Workers, 1..WORKERS_MAX; each has a thread of the machine, a share of the keys and a monitor thread. */
  readonly workers: number;
  /** Slots of each monitor thread. */
  readonly slots: number;
  /** Most records of each worker. Costs address space only. */
  readonly recordsMax: number;
  readonly placement?: Kv64Placement;
  readonly warmth?: WarmthPolicy;
  readonly closeBudget?: number;
  /**
   * Milliseconds from the end of an epoch until a worker has closed it. When it takes longer, records cool down sooner than `warmth` says; half
   * of what lies between two closes is a good choice. Default: however long it takes.
   */
  readonly closeMsMost?: number;
  /** The counter at which a worker ends an epoch by itself. Default: half of its range. */
  readonly epochCounterMax?: number;
}

/**
 * A store of profile `kv64` over several workers, and the trusted monitor over it. Keys belong to workers, epochs to all of them: an epoch is
 * certified when every worker's share of it balances with the others'. Profile `kv64` has no receipts: a certificate says that the log is
 * consistent, not what a client was told.
 *
 * @example
 * const cluster = await Kv64Cluster.start({ workers: 2, slots: 16_384, recordsMax: 1_000_000 });
 * await cluster.run([{ kind: "put", key: 1n, value: 2n }]);
 * console.log(await cluster.closeEpoch()); // 0, certified
 * await cluster.stop();
 */
export class Kv64Cluster {
  readonly #options: Kv64ClusterOptions;
  readonly #plan: ShareOut;
  /** Null: placement `unverified`. */
  readonly #enclave: WorkerEnclave | null;
  readonly #links: readonly WorkerLink[];
  /** The epoch that all workers are told to be in. */
  #epoch = 0;
  readonly #closes: Close[] = [];
  #failure: ClusterError | null = null;

  private constructor(options: Kv64ClusterOptions) {
    const { workers, slots, placement = "hybrid" } = options;
    this.#options = options;
    this.#plan = shareOut(workers, "kv64");
    this.#enclave =
      placement === "unverified"
        ? null
        : new WorkerEnclave({
            profile: "kv64",
            threads: workers,
            slots,
            serviceId: "kv64",
            module: loadMonitorModule("kv64"),
            publish: (statement) => this.#hear(statement),
          });
    this.#links = this.#plan.shares.map((_, worker) => this.#startWorker(worker));
  }

  /** @throws ZetaError `store_options` for numbers that no store can work with. */
  static async start(options: Kv64ClusterOptions): Promise<Kv64Cluster> {
    const cluster = new Kv64Cluster(options);
    try {
      await Promise.all(cluster.#links.map((link) => link.send(COMMAND.enterEpoch, 0)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  #startWorker(worker: number): WorkerLink {
    const { slots, recordsMax, placement = "hybrid" } = this.#options;
    const { warmth = WARMTH_DEFAULT, closeBudget = CLOSE_BUDGET_DEFAULT } = this.#options;
    return new WorkerLink(
      {
        monitor: this.#enclave?.seed(worker) ?? null,
        storeModule: storeModule("kv64"),
        slots,
        recordsMax,
        placement,
        warmth,
        closeMsMost: this.#options.closeMsMost ?? null,
        closeBudget,
        epochCounterMax: this.#options.epochCounterMax ?? null,
        share: this.#plan.shares[worker],
        prologue: worker === 0 && this.#enclave !== null ? this.#plan.prologue : new Uint8Array(0),
      },
      {
        entered: (epoch) => this.#catchUp(epoch),
        failed: (error) => this.#fail(error),
      },
    );
  }

  get workers(): number {
    return this.#links.length;
  }

  /** The epoch that operations handed over from now on run in, or an earlier one. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Null before the first and without a monitor; `error`: there will be none any more. */
  get maxCertifiedEpoch(): number | null | "error" {
    return this.#enclave?.maxCertifiedEpoch ?? null;
  }

  /** The key, the latest certificate and the violation; null without a monitor. */
  get notary(): WorkerEnclave["notary"] | null {
    return this.#enclave?.notary ?? null;
  }

  /** The worker that owns a key, by the low half of it. */
  ownerOf(lowHalf: number): number {
    return this.#plan.ownerOf(lowHalf);
  }

  /** Runs operations, those on one key in their order; answers when every owner has answered. At most {@link BATCH_MAX} at a time. */
  async run(operations: readonly Kv64Operation[]): Promise<readonly Kv64Answer[]> {
    if (operations.length > BATCH_MAX) {
      throw new ClusterError(
        "too_many",
        `expected at most ${BATCH_MAX} operations, got ${operations.length}`,
      );
    }
    const indices = this.#links.map(() => [] as number[]);
    for (const [index, { key }] of operations.entries()) {
      indices[this.ownerOf(Number(key & 0xffff_ffffn))]?.push(index);
    }
    const answers = new Array<Kv64Answer>(operations.length).fill(null);
    const parts = [...indices.entries()].filter(([, own]) => own.length > 0);
    await Promise.all(
      parts.map(([worker, own]) =>
        this.runBatch(
          worker,
          own.length,
          (place) => fill(place, own, operations),
          (place) => collect(place, own, operations, answers),
        ),
      ),
    );
    return answers;
  }

  /**
   * Hands a batch to a worker, whose keys it must be: `write` fills the place when there is one, `read` sees the answers in it. For callers that
   * have many operations.
   *
   * @throws ZetaError `too_many` when too many batches wait already, `worker_failed`, `monitor_failed`, `stopped`.
   */
  runBatch(
    worker: number,
    count: number,
    write: (place: RingPlace) => void,
    read: (place: RingPlace) => void,
  ): Promise<void> {
    const link = this.#links[worker];
    assert(link !== undefined, `a worker below ${this.#links.length}, got ${worker}`);
    assert(count > 0 && count <= BATCH_MAX, `1..${BATCH_MAX} operations, got ${count}`);
    return link.send(COMMAND.run, count, write, read);
  }

  /**
   * Ends the epoch in every worker; operations go on in the next one. Resolves to the number of the epoch once it is certified.
   *
   * @throws ZetaError `too_many` when {@link CLOSING_EPOCHS_MAX} epochs wait for their certificates; else as {@link Kv64Cluster.runBatch}.
   */
  async closeEpoch(): Promise<number> {
    assert(this.#enclave !== null, "a monitor that certifies");
    if (this.#failure !== null) throw this.#failure;
    const epoch = this.#epoch;
    const certified = this.maxCertifiedEpoch;
    const closing = epoch - (typeof certified === "number" ? certified + 1 : 0);
    if (closing >= CLOSING_EPOCHS_MAX) {
      throw new ClusterError(
        "too_many",
        `expected fewer than ${CLOSING_EPOCHS_MAX} closing epochs, got ${closing}`,
      );
    }
    const certificate = new Promise<number>((resolve, reject) => {
      this.#closes.push({ epoch, resolve, reject });
    });
    this.#enterEpoch(epoch + 1);
    return certificate;
  }

  /** Holds from the next epoch's close on. */
  async setWarmth({ recordEpochs, nodeEpochs, demotionsMax }: WarmthPolicy): Promise<void> {
    const numbers = [recordEpochs, nodeEpochs, demotionsMax].map(BigInt);
    await Promise.all(
      this.#links.map((link) => link.send(COMMAND.warmth, 0, ({ words }) => words.set(numbers))),
    );
  }

  /** Of each worker, as it is when it has answered what was handed over before. */
  statistics(): Promise<readonly WorkerStatistics[]> {
    return Promise.all(this.#links.map((link) => link.statistics()));
  }

  /** @internal For a host that lies, and tests: changes a stored value without a log entry. */
  overwriteValue(key: bigint, value: bigint): Promise<void> {
    const link = this.#links[this.ownerOf(Number(key & 0xffff_ffffn))];
    assert(link !== undefined, "an owner of every key");
    return link.send(COMMAND.overwrite, 0, ({ words }) => words.set([key, value]));
  }

  /** @internal For tests: ends the thread of a worker, as a crash would. */
  async kill(worker: number): Promise<void> {
    await this.#links[worker]?.kill();
  }

  /** Ends the workers. What was not certified by now never will be. */
  async stop(): Promise<void> {
    this.#fail(new ClusterError("stopped", "expected running workers, got stopped ones"));
    await Promise.all(this.#links.map((link) => link.kill()));
    this.#enclave?.close();
  }

  /** A worker that came to the end of its counter is in the next epoch already: the others must follow, or nothing is certified. */
  #catchUp(epoch: number): void {
    if (epoch > this.#epoch) this.#enterEpoch(epoch);
  }

  #enterEpoch(epoch: number): void {
    this.#epoch = epoch;
    // Whoever waits for an answer learns of a failure there.
    for (const link of this.#links) link.send(COMMAND.enterEpoch, epoch).catch(() => {});
  }

  #hear(statement: Uint8Array): void {
    const violation = this.#enclave?.notary.violation ?? null;
    if (violation !== null) {
      this.#fail(new ClusterError("monitor_failed", "expected an honest log, got a violation"));
      return;
    }
    const { epoch } = decodeCertificate(statement).certificate;
    while ((this.#closes[0]?.epoch ?? Number.POSITIVE_INFINITY) <= epoch) {
      const close = this.#closes.shift();
      close?.resolve(close.epoch);
    }
  }

  #fail(error: ClusterError): void {
    this.#failure ??= error;
    for (const { reject } of this.#closes.splice(0)) reject(this.#failure);
    for (const link of this.#links) link.fail(this.#failure);
  }
}

interface Close {
  readonly epoch: number;
  readonly resolve: (epoch: number) => void;
  readonly reject: (error: ClusterError) => void;
}
