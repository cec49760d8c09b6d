// SPDX-License-Identifier: Apache-2.0
/** One call as {@link Stepper} writes it down: `epoch`, key, value read, value left. */
interface Call {
  readonly epoch: number;
  readonly key: number;
  readonly before: number;
  readonly after: number;
}

function callOf(code: number): Call {
  const rest = Math.floor(code / 9);
  const before = Math.floor(code / 3) % 3;
  return { epoch: Math.floor(rest / 8), key: rest % 8, before, after: code % 3 };
}

function callsOf(text: string): Call[] {
  return Array.from(text, (_, i) => callOf(text.charCodeAt(i)));
}

/** The calls of epochs up to `epoch`: they come first, for a thread's clock never goes back. */
export function callsUpTo(calls: string, epoch: number): string {
  return [...calls].filter((one) => callOf(one.charCodeAt(0)).epoch <= epoch).join("");
}

/**
 * Is there an order of both threads' calls, each thread's own order kept, in which every call reads what the call
 * before it on the same key left, all keys being absent at first?
 */
export function isSequentiallyConsistent(first: string, second: string): boolean {
  const threads = [callsOf(first), callsOf(second)] as const;
  const tried = new Set<string>();
  const explain = (done0: number, done1: number, store: readonly number[]): boolean => {
    if (done0 === threads[0].length && done1 === threads[1].length) return true;
    const name = `${done0},${done1},${store.join("")}`;
    if (tried.has(name)) return false;
    tried.add(name);
    for (const thread of [0, 1] as const) {
      const call = threads[thread][thread === 0 ? done0 : done1];
      if (call === undefined || (store[call.key] ?? 0) !== call.before) continue;
      const after = store.slice();
      after[call.key] = call.after;
      if (explain(done0 + (thread === 0 ? 1 : 0), done1 + thread, after)) return true;
    }
    return false;
  };
  return explain(0, 0, [0, 0, 0, 0, 0]);
}

/** Calls on one line, for people: `A:null>a`. */
export function describeCalls(calls: string): string {
  const keys = ["root", "P", "A", "B", "C"];
  const values = ["null", "a", "b"];
  return callsOf(calls)
    .map(({ key, before, after }) => `${keys[key]}:${values[before]}>${values[after]}`)
    .join(" ");
}
