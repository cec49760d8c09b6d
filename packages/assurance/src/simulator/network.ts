// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";
import { assert, isZetaError } from "@zeta/protocol/error";
import { fromHex } from "@zeta/protocol/hex";
import { applyKvRecord, decodeKvArgument, encodeKvResult } from "@zeta/protocol/kv";
import type { Engine } from "@zeta/service/engine";
import type { EngineCall, Executed } from "@zeta/service/engine-call";
import type { Instance } from "@zeta/service/instance";
import { receiptAnswer } from "@zeta/service/receipt-answer";
import { peek } from "@zeta/store/tampering";
import { flipBit } from "./flip-bit.ts";

export const NETWORK_LIES = [
  "change answer",
  "other answer",
  "other epoch",
  "late",
  "flip receipt",
  "other receipt",
  "no receipt",
  "flip certificate",
  "old certificate",
  "skip certificate",
] as const;
export type NetworkLie = (typeof NETWORK_LIES)[number];

/** What a client gets to hear, and who may falsify it: everything on the way from the engine to the client is the host's. */
export class Network {
  readonly engine: Engine;
  readonly #random: Random;
  readonly #armed = new Set<NetworkLie>();
  readonly #requestIds: string[] = [];
  /** The result of the call before, whoever made it. */
  #earlier: Uint8Array | null = null;
  /** Clients that an older instance goes on serving with certificates: the other side of a fork. */
  readonly #kept = new Map<number, Instance>();
  onLie: (lie: NetworkLie, client: number) => void = () => {};

  constructor(engine: Engine, random: Random) {
    this.engine = engine;
    this.#random = random;
  }

  arm(lie: NetworkLie): void {
    this.#armed.add(lie);
  }

  /** From now on this client hears of the instance that serves at present, whichever replaces it. */
  keepOn(client: number): void {
    this.#kept.set(client, this.engine.instance);
  }

  instanceFor(client: number): Instance {
    return this.#kept.get(client) ?? this.engine.instance;
  }

  async execute(client: number, call: EngineCall): Promise<Executed> {
    if (this.#tells("late", client)) return this.#answerFirst(call);
    const [answer] = await this.engine.execute([call]);
    if (answer === undefined) throw new Error("expected an answer to one call, got none");
    this.#requestIds.push(call.requestId ?? "");
    if (this.#tells("change answer", client))
      return { ...answer, result: flipBit(answer.result, this.#random) };
    const earlier = this.#earlier;
    this.#earlier = answer.result;
    if (earlier !== null && this.#tells("other answer", client)) {
      return { ...answer, result: earlier };
    }
    if (this.#tells("other epoch", client)) {
      return { ...answer, epoch: Math.max(0, answer.epoch + this.#random.below(5) - 2) };
    }
    return answer;
  }

  /** Answers as if the call had run, and runs it some time later: each answer is true of some order, but not of the order of the questions. */
  #answerFirst(call: EngineCall): Executed {
    const { store } = this.engine.instance;
    const operation = decodeKvArgument(call.function, call.argument);
    assert(operation.operation !== "transact", "what the simulated clients ask");
    const { result } = applyKvRecord(operation, peek(store, operation.key));
    const run = (): void => {
      this.engine.execute([call]).then(
        () => this.#requestIds.push(call.requestId ?? ""),
        () => undefined,
      );
    };
    this.engine.clock.after(this.#random.below(150), run);
    const { requestId } = call;
    return { requestId, epoch: store.epoch, thread: 0, result: encodeKvResult(result) };
  }

  /** The binary receipt, null while there is none. */
  async receipt(client: number, requestId: string): Promise<Uint8Array | null> {
    if (this.#tells("no receipt", client)) return null;
    const isOther = this.#tells("other receipt", client);
    const id = isOther ? this.#random.pick(this.#requestIds) : requestId;
    const kept = this.#kept.get(client);
    const told = kept === undefined ? this.engine.receipt(id) : receiptAnswer(kept, id);
    const answer = await told.catch(withoutAnswer);
    if (answer?.status !== "certified") return null;
    const receipt = fromHex(answer.receipt);
    return this.#tells("flip receipt", client) ? flipBit(receipt, this.#random) : receipt;
  }

  /** Certificates that the client has not seen yet. */
  certificates(client: number, from: number): Uint8Array[] {
    const log = this.instanceFor(client).certificates;
    const news: Uint8Array[] = [];
    for (let epoch = from; epoch <= (log.latest ?? -1); epoch++) {
      const bytes = log.get(epoch);
      if (bytes === null) continue;
      if (this.#tells("skip certificate", client)) continue;
      if (this.#tells("flip certificate", client)) news.push(flipBit(bytes, this.#random));
      else news.push(bytes);
      const old = epoch > 0 ? log.get(this.#random.below(epoch)) : null;
      if (old !== null && this.#tells("old certificate", client)) news.push(old);
    }
    return news;
  }

  #tells(lie: NetworkLie, client: number): boolean {
    if (!this.#armed.has(lie)) return false;
    this.#armed.delete(lie);
    this.onLie(lie, client);
    return true;
  }
}

/** A service that answers with a coded error has told no receipt. */
function withoutAnswer(error: unknown): null {
  if (!isZetaError(error)) throw error;
  return null;
}
