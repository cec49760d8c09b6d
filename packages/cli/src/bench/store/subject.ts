// SPDX-License-Identifier: Apache-2.0

import { decodeCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import type { RingPlace } from "@zeta/service/cluster/batch-ring";
import {
  Kv64Cluster,
  type Kv64ClusterOptions,
  WARMTH_DEFAULT,
} from "@zeta/service/cluster/kv64-cluster";
import {
  ABSENT,
  BATCH_MAX,
  DEMOTIONS_MAX,
  FOUND,
  type WarmthPolicy,
} from "@zeta/store/wasm/kv64-store";
import type { Draws } from "./draws.ts";
import { Feed } from "./feed.ts";
import { inTreeOrder, lowHalf } from "./keys.ts";

/** Batches on their way to one worker: it never waits, and an answer is some milliseconds old. */
const IN_FLIGHT_MAX = 14;
const COLD_AT_ONCE = { recordEpochs: 0, nodeEpochs: 0, demotionsMax: DEMOTIONS_MAX };
/** Longer than a store remembers. */
const WARM_WITHOUT_NODES = { ...COLD_AT_ONCE, recordEpochs: 255 };

/** A store that is measured: a cluster, loaded, with operations for it. */
export class Subject {
  readonly cluster: Kv64Cluster;
  readonly #records: number;
  #feeds: readonly Feed[] = [];
  #renewal: (() => number) | null = null;
  /** Batches that each worker has had. */
  #at: number[] = [];
  readonly #inFlight: number[];
  /** Operations answered, and calls logged. */
  #answered = 0;
  #calls = 0n;
  #feeding = false;
  #failure: unknown = null;
  #drained: (() => void) | null = null;

  private constructor(cluster: Kv64Cluster, records: number) {
    this.cluster = cluster;
    this.#records = records;
    this.#inFlight = new Array<number>(cluster.workers).fill(0);
  }

  /** @param warm the first so many records are left in deferred memory, as after much work, the others in the tree */
  static async start(
    options: Kv64ClusterOptions,
    records: number,
    warm: number,
    progress: (done: number) => void,
  ): Promise<Subject> {
    const subject = new Subject(await Kv64Cluster.start(options), records);
    await subject.#load(options.warmth ?? WARMTH_DEFAULT, warm, progress);
    return subject;
  }

  get isVerified(): boolean {
    return this.cluster.notary !== null;
  }

  get answered(): number {
    return this.#answered;
  }

  /**
   * @param callsPerOperation most of them: a batch has only room for so many calls
   * @param renewal with one worker, whose draws are one call each: draws that replace those that were handed over
   */
  use(draws: Draws, callsPerOperation = 1, renewal: (() => number) | null = null): void {
    assert(renewal === null || draws.length === 1, "one worker, to which all draws go");
    this.#renewal = renewal;
    this.#feeds = draws.map((own) => new Feed(own, BATCH_MAX / callsPerOperation));
    this.#at = draws.map(() => 0);
  }

  /** Puts every record once, each part in the order of the tree. The two closes after it demote what is to be cold, in any case the nodes. */
  async #load(warmth: WarmthPolicy, warm: number, progress: (done: number) => void): Promise<void> {
    const { cluster } = this;
    const order = inTreeOrder(this.#records);
    const cold = order.filter((record) => record >= warm);
    await cluster.setWarmth(COLD_AT_ONCE);
    await this.#loadPart(cold, progress);
    await cluster.setWarmth(WARM_WITHOUT_NODES);
    await this.#loadPart(
      order.filter((record) => record < warm),
      (done) => progress(cold.length + done),
    );
    await cluster.setWarmth(warmth);
  }

  async #loadPart(records: Uint32Array, progress: (done: number) => void): Promise<void> {
    if (records.length === 0) return;
    await this.#runOnce(this.#puts(records), progress);
    if (!this.isVerified) return;
    await this.cluster.closeEpoch();
    await this.cluster.closeEpoch();
  }

  #puts(records: Uint32Array): Draws {
    const { cluster } = this;
    const lists = Array.from({ length: cluster.workers }, () => [] as number[]);
    for (const record of records) {
      const owner = cluster.workers === 1 ? 0 : cluster.ownerOf(lowHalf(record));
      lists[owner]?.push((record | (1 << 28)) >>> 0);
    }
    return lists.map((list) => Uint32Array.from(list));
  }

  /** Every draw once. */
  async #runOnce(draws: Draws, progress: (done: number) => void): Promise<void> {
    let done = 0;
    const run = async (worker: number, own: Uint32Array) => {
      const feed = new Feed(own, BATCH_MAX);
      for (let batch = 0; batch < feed.batches; batch++) {
        await this.#runBatch(worker, feed, batch);
        done += feed.draws(batch);
        progress(done);
      }
    };
    await Promise.all(draws.map((own, worker) => run(worker, own)));
  }

  /** Keeps all workers busy until {@link Subject.pause}. */
  resume(): void {
    this.#feeding = true;
    this.#feed();
  }

  /** Resolves when everything that was handed over is answered. */
  async pause(): Promise<void> {
    this.#feeding = false;
    if (this.#inFlight.some((count) => count > 0)) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** The worker that is furthest behind in its draws is next, so that all of them together see the distribution that was drawn. */
  #feed(): void {
    while (this.#feeding) {
      let worker = 0;
      for (let other = 1; other < this.#at.length; other++) {
        if (this.#progress(other) < this.#progress(worker)) worker = other;
      }
      if ((this.#inFlight[worker] ?? 0) >= IN_FLIGHT_MAX) return;
      this.#runNext(worker);
    }
  }

  #progress(worker: number): number {
    return (this.#at[worker] ?? 0) / (this.#feeds[worker]?.batches ?? 1);
  }

  #runNext(worker: number): void {
    const feed = this.#feeds[worker] as Feed;
    const at = this.#at[worker] ?? 0;
    this.#at[worker] = at + 1;
    this.#runBatch(worker, feed, at % feed.batches)
      .then(() => {
        if (this.#renewal !== null) feed.renew(at % feed.batches, this.#renewal);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#feeding = false;
      })
      .finally(() => {
        if (this.#feeding) this.#feed();
        else if (this.#inFlight.every((count) => count === 0)) this.#drained?.();
      });
  }

  async #runBatch(worker: number, feed: Feed, batch: number): Promise<void> {
    this.#inFlight[worker] = (this.#inFlight[worker] ?? 0) + 1;
    try {
      const calls = feed.calls(batch);
      await this.cluster.runBatch(
        worker,
        calls,
        (place) => feed.write(batch, place),
        (place) => checkAnswers(place, calls),
      );
      this.#calls += BigInt(calls);
      this.#answered += feed.draws(batch);
    } finally {
      this.#inFlight[worker] = (this.#inFlight[worker] ?? 1) - 1;
    }
  }

  /** Certifies everything; true if the last certificate speaks of every call that was answered. */
  async finish(): Promise<boolean> {
    if (!this.isVerified) return true;
    const epoch = await this.cluster.closeEpoch();
    const { latestCertificate, violation } = this.cluster.notary ?? {};
    if (!latestCertificate || violation !== null) return false;
    const { certificate } = decodeCertificate(latestCertificate);
    return certificate.epoch === epoch && certificate.operations === this.#calls;
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}

const ALL_FOUND = Buffer.alloc(BATCH_MAX, FOUND);
const ALL_ABSENT = Buffer.alloc(BATCH_MAX, ABSENT);

/** While records are loaded, none is found; later all are. A mixture is a lost record. */
function checkAnswers({ kinds }: RingPlace, calls: number): void {
  const expected = (kinds[0] === FOUND ? ALL_FOUND : ALL_ABSENT).subarray(0, calls);
  assert(expected.equals(kinds.subarray(0, calls)), "answers that all are found, or all absent");
}
