// SPDX-License-Identifier: Apache-2.0
/**
 * Hands calls out to the workers that own their records. Every worker gets its part in the order in which the calls came, and does nothing
 * of a later call before it: so all answers are those of one run in that order, though workers do not wait for each other.
 */
import { assert, isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES, KEY_BYTES_MAX } from "@zeta/protocol/limits";
import type { FunctionTable, ParsedCall } from "@zeta/store/function-table";
import { type Loan, Loans } from "@zeta/store/loan";
import type { StoreCall } from "@zeta/store/store-call";
import type { KeyOwner } from "@zeta/store/wasm/key-owner";
import type { EngineCall } from "../engine-call.ts";
import type { CallObserver } from "../key-catalogue.ts";
import type { JournalOrder } from "./journal-order.ts";
import { packCalls, unpackResults } from "./packed-calls.ts";
import { errorOf } from "./refused-call.ts";
import type { RunningJob } from "./running-job.ts";
import type { WorkerLane } from "./worker-lane.ts";
import type { Reply } from "./worker-messages.ts";

/** A call with its place in its request. */
export interface RoutedCall {
  readonly running: RunningJob;
  readonly at: number;
  readonly call: EngineCall;
  readonly store: StoreCall;
}

export interface RouterParts {
  readonly lanes: readonly WorkerLane[];
  readonly owners: KeyOwner;
  readonly functions: FunctionTable;
  /** A broken assumption of this thread. */
  readonly broken: (error: Error) => void;
  /** A call with a request id ran: the leaf of its receipt. */
  readonly shelve: (call: EngineCall, thread: number, epoch: number, leaf: Uint8Array) => void;
  /** So many calls ran, by function number. */
  readonly count: (counts: readonly number[]) => void;
  readonly observe?: CallObserver;
  /** Hears of every call that ran, before anybody is told; null: nobody writes them down. */
  readonly journal: () => Pick<JournalOrder, "ran" | "endTurn"> | null;
}

/** Keys of a call by the workers that own them, the first key's first. */
type KeysByOwner = ReadonlyMap<number, readonly Uint8Array[]>;

export class CallRouter {
  readonly #parts: RouterParts;
  /** Calls of one worker each that were not sent yet, by worker. */
  readonly #batches: RoutedCall[][];
  readonly #key = new Uint8Array(KEY_BYTES_MAX);

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#batches = parts.lanes.map(() => []);
  }

  route(call: RoutedCall): void {
    const { function: number, argument } = call.store;
    try {
      const parsed = this.#parts.functions.functions[number]?.(argument);
      // What names no function or no record is refused wherever it goes.
      const owner = parsed === undefined ? 0 : this.#onlyOwner(parsed);
      if (owner !== null) this.#batches[owner]?.push(call);
      else if (parsed !== undefined) this.#runOverSeveral(call, this.#keysOf(parsed));
    } catch (error) {
      if (!isZetaError(error)) throw error;
      call.running.refuse(call.at, error);
    }
  }

  /** Null: the call's records have several. */
  #onlyOwner(parsed: ParsedCall): number | null {
    let owner: number | null = null;
    for (let i = 0; i < parsed.count; i++) {
      const next = this.#parts.owners.of(this.#writeKey(parsed, i));
      if (owner !== null && next !== owner) return null;
      owner = next;
    }
    return owner ?? 0;
  }

  /** Until the next key is written. */
  #writeKey(parsed: ParsedCall, i: number): Uint8Array {
    return this.#key.subarray(0, parsed.writeKey(i, this.#key, 0));
  }

  /** Sends what was routed. */
  flush(): void {
    for (const thread of this.#batches.keys()) this.#flushTo(thread);
  }

  #flushTo(thread: number): void {
    const batch = this.#batches[thread]?.splice(0) ?? [];
    if (batch.length === 0) return;
    this.#lane(thread).enqueue((lane) => {
      const calls = packCalls(batch.map(({ store }) => store));
      lane.send({ kind: "run", calls }, (reply) => this.#take(thread, batch, reply));
      return undefined;
    });
  }

  #lane(thread: number): WorkerLane {
    return this.#parts.lanes[thread] as WorkerLane;
  }

  #keysOf(parsed: ParsedCall): KeysByOwner {
    const keys = new Map<number, Uint8Array[]>();
    for (let i = 0; i < parsed.count; i++) {
      const key = this.#writeKey(parsed, i).slice();
      const owner = this.#parts.owners.of(key);
      const own = keys.get(owner) ?? [];
      own.push(key);
      keys.set(owner, own);
    }
    return keys;
  }

  /** The owner of the first key runs the call; the others lend their records, and do nothing else until these are back. */
  #runOverSeveral(call: RoutedCall, keys: KeysByOwner): void {
    const [borrower, ...lenders] = [...keys.keys()] as [number, ...number[]];
    for (const thread of keys.keys()) this.#flushTo(thread);
    let release = () => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    const lent = lenders.map(
      (thread) =>
        new Promise<Reply>((resolve) =>
          this.#lane(thread).enqueue((lane) => {
            lane.send({ kind: "lend", keys: distinct(keys.get(thread) ?? []) }, resolve);
            return done;
          }),
        ),
    );
    this.#lane(borrower).enqueue(() => {
      this.#borrow(call, borrower, lenders, lent).then(release, this.#parts.broken);
      return done;
    });
  }

  async #borrow(
    call: RoutedCall,
    borrower: number,
    lenders: readonly number[],
    lent: readonly Promise<Reply>[],
  ): Promise<void> {
    const replies = await Promise.all(lent);
    const refusal = replies.flatMap(({ refusals }) => refusals)[0];
    let after = new Loans(replies.flatMap(({ loans = [] }) => loans));
    if (refusal !== undefined) call.running.refuse(call.at, errorOf(refusal));
    else {
      const calls = packCalls([call.store]);
      const reply = await this.#lane(borrower).ask({ kind: "borrow", calls, loans: after.all() });
      this.#take(borrower, [call], reply);
      after = new Loans(reply.loans ?? []);
    }
    for (const [i, thread] of lenders.entries()) {
      const loans = (replies[i]?.loans ?? []).map(({ key }) => after.get(key) as Loan);
      if (loans.length > 0) this.#lane(thread).send({ kind: "takeBack", loans }, () => {});
    }
  }

  #take(thread: number, batch: readonly RoutedCall[], reply: Reply): void {
    const results = unpackResults(reply.results ?? packCalls([]));
    const refusals = [...reply.refusals];
    const counts: number[] = [];
    const journal = this.#parts.journal();
    for (const [i, { call }] of batch.entries()) {
      if ((results[i] ?? null) !== null) journal?.ran(call, reply.epoch);
    }
    journal?.endTurn();
    let leafAt = 0;
    for (const [i, { running, at, call }] of batch.entries()) {
      const result = results[i] ?? null;
      if (result === null) {
        const refusal = refusals.shift();
        assert(refusal !== undefined, "a reason for each call that did not run");
        running.refuse(at, errorOf(refusal));
        continue;
      }
      const { requestId, function: number } = call;
      counts[number] = (counts[number] ?? 0) + 1;
      if (requestId !== null) {
        const leaf = reply.leaves.subarray(leafAt, leafAt + DIGEST_BYTES);
        this.#parts.shelve(call, thread, reply.epoch, leaf);
        leafAt += DIGEST_BYTES;
      }
      this.#parts.observe?.(number, call.argument, result);
      running.answer(at, { requestId, epoch: reply.epoch, thread, result });
    }
    this.#parts.count(counts);
  }
}

/** A call that names a record twice is refused where it runs. */
function distinct(keys: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(keys.map((key) => [toHex(key), key])).values()];
}
