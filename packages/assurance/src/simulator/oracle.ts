// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { applyKvRecord, encodeKvResult, type KvRecordOperation } from "@zeta/protocol/kv";
import { nameOf, type Place, type Told } from "./sim-client.ts";

/** A told answer together with the place that the client believes it has in the log. */
type Placed = Told & { readonly place: Place };

/**
 * The client's own model: it alone writes its keys, so the answers that are certified to it must come from one sequential run of its own calls:
 * the certified ones in the order in which their receipts place them, any other at most once, anywhere, for it may have run or not.
 *
 * @returns for each key without such a run, the first certified answer that none explains.
 */
export function certifiedLies(
  told: readonly Told[],
  unanswered: readonly KvRecordOperation[],
): string[] {
  const lies: string[] = [];
  for (const key of new Set(told.map(({ operation }) => toHex(operation.key)))) {
    const isHere = (operation: KvRecordOperation): boolean => toHex(operation.key) === key;
    const own = told.filter(({ operation }) => isHere(operation));
    const certified = own.filter((one): one is Placed => one.place !== null);
    const loose = own.filter(({ place }) => place === null).map(({ operation }) => operation);
    const writes = [...loose, ...unanswered.filter(isHere)].filter(isWrite);
    const first = firstUnexplained(
      certified.sort((a, b) => compare(a.place, b.place)),
      writes,
    );
    if (first !== null) lies.push(`${nameOf(first.operation)} told ${toHex(first.result)}`);
  }
  return lies;
}

function isWrite({ operation }: KvRecordOperation): boolean {
  return operation !== "get";
}

/** Null when some run explains all the calls; else the one beyond which no run gets. */
function firstUnexplained(
  calls: readonly Placed[],
  loose: readonly KvRecordOperation[],
): Placed | null {
  let furthest = 0;
  const explain = (
    at: number,
    value: Uint8Array | null,
    left: readonly KvRecordOperation[],
  ): boolean => {
    furthest = Math.max(furthest, at);
    const call = calls[at];
    if (call === undefined) return true;
    const { result, after } = applyKvRecord(call.operation, value);
    const isTrue = equalBytes(encodeKvResult(result), call.result);
    if (isTrue && explain(at + 1, after, left)) return true;
    // Of all loose writes that ran just before, only the last one shows.
    return left.some((write, i) =>
      explain(at, applyKvRecord(write, value).after, left.toSpliced(i, 1)),
    );
  };
  return explain(0, null, loose) ? null : (calls[furthest] ?? null);
}

/** The answers that are false if calls ran in the order in which they were asked: what somebody lied about. */
export function liesTold(told: readonly Told[]): number {
  const values = new Map<string, Uint8Array | null>();
  return told.filter((one) => !equalBytes(replay(values, one), one.result)).length;
}

/** Are the certified calls in another order than the client asked them? That is not promised yet. */
export function isReordered(told: readonly Told[]): boolean {
  const places = told.flatMap(({ place }) => (place === null ? [] : [place]));
  return places.some((place, i) => i > 0 && compare(places[i - 1] as Place, place) > 0);
}

function replay(values: Map<string, Uint8Array | null>, { operation }: Told): Uint8Array {
  const name = toHex(operation.key);
  const { result, after } = applyKvRecord(operation, values.get(name) ?? null);
  values.set(name, after);
  return encodeKvResult(result);
}

function compare(a: Place, b: Place): number {
  if (a.instance !== b.instance) return a.instance - b.instance;
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  return a.index < b.index ? -1 : a.index > b.index ? 1 : 0;
}
