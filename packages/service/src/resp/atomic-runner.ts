// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { decodeKvResult, kvFunctionNumber } from "@zeta/protocol/kv";
import { TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import { ValueDigest } from "@zeta/store/wasm/value-digest";
import type { Executed } from "../engine-call.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { CommandError, refuseLargeReply } from "./command-error.ts";
import { KeyLocks } from "./key-locks.ts";
import { CONFLICT_TRIES_MAX, REPLY_BYTES_MAX } from "./limits.ts";
import { planTransact, tooManyRecords } from "./plan-transact.ts";
import { keyName, RecordView } from "./record-view.ts";
import type { RequestIds } from "./request-ids.ts";
import type { Watched } from "./session.ts";

/** Something over records that must happen in one step. */
export interface AtomicWork {
  /** Records whose values it needs. */
  readonly reads: readonly Buffer[];
  /** Records that must be as they were when they were watched. */
  readonly watched?: Watched;
  /** Runs on what was read; once more when somebody else was faster. What it throws is thrown on, and nothing is written. */
  apply(view: RecordView): void;
}

export interface AtomicOutcome {
  /** False: a watched record had changed, so nothing was done. */
  readonly isDone: boolean;
  /** The certified calls that it rests on: reads, and the write. */
  readonly calls: readonly Executed[];
  /** Of the values that were read. */
  readonly readBytes: number;
}

/** Values that were read at one moment. */
export interface ReadValues {
  readonly values: ReadonlyMap<Buffer, Uint8Array | null>;
  readonly bytes: number;
  readonly calls: readonly Executed[];
}

const NOTHING_WATCHED: Watched = new Map();
const GET = kvFunctionNumber("get");

/**
 * Makes one step of reading and writing: reads by certified gets, then a transact that writes only if what was read still holds (Sinfonia's mini-transaction,
 * SOSP 2007), and begins anew if it does not.
 */
export class AtomicRunner {
  readonly #engine: ServiceEngine;
  readonly #ids: RequestIds;
  readonly #locks = new KeyLocks();
  readonly #digest = new ValueDigest();

  constructor(engine: ServiceEngine, ids: RequestIds) {
    this.#engine = engine;
    this.#ids = ids;
  }

  /** BLAKE3-256, as a transact compares values. */
  readonly digest = (value: Uint8Array): Uint8Array => this.#digest.of(value);

  /** @throws CommandError `CONFLICT`, if somebody else was faster each time; what the work and the engine throw. */
  run(work: AtomicWork): Promise<AtomicOutcome> {
    const names = [...work.reads.map(keyName), ...(work.watched?.keys() ?? [])];
    return this.#locks.hold(names, () => this.#run(work));
  }

  /** Certified gets of distinct keys, nothing between them. */
  async read(keys: readonly Buffer[]): Promise<ReadValues> {
    const distinct = [...new Map(keys.map((key) => [keyName(key), key])).values()];
    if (distinct.length > TRANSACT_RECORDS_MAX) tooManyRecords(distinct.length);
    const values = new Map<Buffer, Uint8Array | null>();
    if (distinct.length === 0) return { values, bytes: 0, calls: [] };
    const calls = await this.#engine.execute(
      distinct.map((key) => ({ function: GET, argument: key, requestId: this.#ids.next() })),
    );
    let bytes = 0;
    for (const [i, key] of distinct.entries()) {
      const told = decodeKvResult("get", (calls[i] as Executed).result);
      assert("value" in told, "the result of a get");
      bytes += told.value?.length ?? 0;
      values.set(key, told.value);
    }
    if (bytes > REPLY_BYTES_MAX) refuseLargeReply(bytes);
    return { values, bytes, calls };
  }

  async #run(work: AtomicWork): Promise<AtomicOutcome> {
    const watched = work.watched ?? NOTHING_WATCHED;
    for (let attempt = 0; attempt < CONFLICT_TRIES_MAX; attempt++) {
      const view = new RecordView();
      const { values, bytes: readBytes, calls } = await this.read(work.reads);
      for (const [key, value] of values) view.provide(key, value);
      work.apply(view);
      const plan = planTransact({ view, watched, digest: this.digest });
      if (plan.kind === "watchFailed") return { isDone: false, calls, readBytes };
      if (plan.kind === "nothing") return { isDone: true, calls, readBytes };
      const [answer] = await this.#engine.execute([{ ...plan, requestId: this.#ids.next() }]);
      assert(answer !== undefined, "an answer to the call");
      const all = [...calls, answer];
      const failed = plan.keys === null ? null : failedKey(plan.keys, answer.result);
      if (failed === null) return { isDone: true, calls: all, readBytes };
      if (watched.has(keyName(failed))) return { isDone: false, calls: all, readBytes };
    }
    throw new CommandError(
      `CONFLICT expected records that stay as they were read, got others in each of ${CONFLICT_TRIES_MAX} tries; nothing was written`,
    );
  }
}

/** The first record whose condition did not hold; null: the transact is done. */
function failedKey(keys: readonly Buffer[], result: Uint8Array): Buffer | null {
  const told = decodeKvResult("transact", result);
  assert("failedAt" in told, "the result of a transact");
  if (told.failedAt === null) return null;
  const key = keys[told.failedAt];
  assert(key !== undefined, "one of the transact's records");
  return key;
}
