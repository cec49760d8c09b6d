// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from "@zeta/store/store-worker";
import { Crown, type HandedTop } from "@zeta/store/wasm/crown";
import { KeyOwner } from "@zeta/store/wasm/key-owner";
import type { ShareOut } from "@zeta/store/wasm/share-out";
import { packRecords, unpackRecords } from "./packed-records.ts";
import { errorOf } from "./refused-call.ts";
import type { WorkerLane } from "./worker-lane.ts";
import type { Command, Reply } from "./worker-messages.ts";

/**
 * The one tree of several workers, when it is at rest: each worker has its records and the nodes below its tops, and the crown above them is
 * here, with what thread 0 logs of it. No calls are under way while anything of this is done, so commands go past the lanes' queues.
 */
export class ThreadedTree {
  readonly #lanes: readonly WorkerLane[];
  readonly #plan: ShareOut;
  #crown: Crown;
  #fullDepth: number;

  constructor(lanes: readonly WorkerLane[], plan: ShareOut, fullDepth: number) {
    this.#lanes = lanes;
    this.#plan = plan;
    this.#fullDepth = fullDepth;
    this.#crown = Crown.empty(plan.groupBits, "bytes");
  }

  get rootValue(): Uint8Array {
    return this.#crown.rootValue;
  }

  get fullDepth(): number {
    return this.#fullDepth;
  }

  /** @throws ZetaError `store_full`, `restore_invalid`. */
  async restore(
    records: AsyncIterable<readonly StoredRecord[]>,
    breathe: () => Promise<void>,
  ): Promise<number> {
    const owners = new KeyOwner(this.#plan);
    let count = 0;
    for await (const some of records) {
      const shares = this.#lanes.map((): StoredRecord[] => []);
      for (const record of some) shares[owners.ofDigest(record.digest)]?.push(record);
      // One batch is with the workers at a time, or a fast storage filled memory with messages.
      await this.#askAll(({ thread }) => ({
        kind: "restore",
        records: packRecords(shares[thread] ?? []),
      }));
      count += some.length;
      await breathe();
    }
    const fullDepth = this.#fullDepth;
    const replies = await this.#askAll(() => ({ kind: "finishRestore", fullDepth }));
    const tops: Uint8Array[] = [];
    for (const { topValues = [] } of replies) {
      for (const { group, value } of topValues) tops[group] = value;
    }
    this.#crown = Crown.above(tops, this.#plan.groupBits, fullDepth);
    return count;
  }

  /** Every worker ends the epoch, thread 0 last, with all tops back. */
  async seal(): Promise<void> {
    const replies = await this.#askAll(() => ({ kind: "seal" }));
    const tops = replies.flatMap((reply): readonly HandedTop[] => reply.tops ?? []);
    const frame = tops.length === 0 ? new Uint8Array(0) : this.#crown.takeBack(tops);
    // AddB moves the clock beyond the time of each evict.
    const counters = tops.map(({ time }) => Number(BigInt.asUintN(32, time)) + 1);
    const counter = Math.max(0, ...counters);
    await this.#first.mustAnswer({ kind: "log", frame, counter, endsEpoch: true });
  }

  async changes(): Promise<readonly StoredRecord[]> {
    const all = await Promise.all(this.#lanes.map(changesOf));
    return all.flat();
  }

  async handOut(epoch: number): Promise<void> {
    const { log: frame, times } = this.#crown.handOut(epoch);
    await this.#first.mustAnswer({ kind: "log", frame, counter: times.length, endsEpoch: false });
    await this.#askAll(() => ({ kind: "adopt", times }));
    // From now on every node above the tops is there.
    this.#fullDepth = Math.max(this.#fullDepth, this.#plan.groupBits);
  }

  get #first(): WorkerLane {
    return this.#lanes[0] as WorkerLane;
  }

  /** @throws what a worker refused a command with. */
  async #askAll(command: (lane: WorkerLane) => Command): Promise<readonly Reply[]> {
    const replies = await Promise.all(this.#lanes.map((lane) => lane.mustAnswer(command(lane))));
    const [refusal] = replies.flatMap(({ refusals }) => refusals);
    if (refusal !== undefined) throw errorOf(refusal);
    return replies;
  }
}

async function changesOf(lane: WorkerLane): Promise<readonly StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (;;) {
    const { records = new Uint8Array(0) } = await lane.mustAnswer({ kind: "changes" });
    if (records.length === 0) return all;
    for (const record of unpackRecords(records)) all.push(record);
  }
}
