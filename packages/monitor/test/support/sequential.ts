// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { applyKv, encodeKvResult, kvKeys } from "@zeta/protocol/kv";
import type { Told } from "./script.ts";

/**
 * Is there one order of all calls, keeping each thread's own, in which every client would have been
 * told what it was told? Brute force over the interleavings, from the empty map: for histories of
 * some dozen calls.
 */
export function isSequentiallyConsistent(history: readonly Told[]): boolean {
  const byThread = new Map<number, Told[]>();
  for (const told of history) {
    const calls = byThread.get(told.thread) ?? [];
    calls.push(told);
    byThread.set(told.thread, calls);
  }
  return search([...byThread.values()], new Map());
}

function search(
  rest: readonly (readonly Told[])[],
  state: ReadonlyMap<string, Uint8Array>,
): boolean {
  if (rest.every((calls) => calls.length === 0)) return true;
  return rest.some(([next, ...later], thread) => {
    if (next === undefined) return false;
    const after = step(next, state);
    return after !== null && search(rest.with(thread, later), after);
  });
}

/** The state after a call, null if the client would have been told something else. */
function step(told: Told, state: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> | null {
  const names = kvKeys(told.operation).map(toHex);
  const before = names.map((name) => state.get(name) ?? null);
  const { result, after } = applyKv(told.operation, before);
  if (!equalBytes(encodeKvResult(result), encodeKvResult(told.result))) return null;
  const next = new Map(state);
  for (const [i, name] of names.entries()) {
    const value = after[i] ?? null;
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}
