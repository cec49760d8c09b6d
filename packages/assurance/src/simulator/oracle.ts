// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { applyKv, encodeKvResult } from "@zeta/protocol/kv";
import { nameOf, type Place, type Told } from "./sim-client.ts";

/** A told answer together with the place that the client believes it has in the log. */
type Placed = Told & { readonly place: Place };

/**
 * The client's own model: it alone writes its keys, so the calls that are certified to it, replayed in the order in which their receipts place
 * them, must have given exactly the answers it was told.
 *
 * @returns the certified answers that are false.
 */
export function certifiedLies(told: readonly Told[]): string[] {
  const values = new Map<string, Uint8Array | null>();
  const lies: string[] = [];
  const certified = told.filter((one): one is Placed => one.place !== null);
  for (const one of certified.sort((a, b) => compare(a.place, b.place))) {
    const expected = replay(values, one);
    if (equalBytes(expected, one.result)) continue;
    lies.push(`${nameOf(one.operation)} told ${toHex(one.result)}, expected ${toHex(expected)}`);
  }
  return lies;
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
  const { result, after } = applyKv(operation, values.get(name) ?? null);
  values.set(name, after);
  return encodeKvResult(result);
}

function compare(a: Place, b: Place): number {
  if (a.instance !== b.instance) return a.instance - b.instance;
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  return a.index < b.index ? -1 : a.index > b.index ? 1 : 0;
}
