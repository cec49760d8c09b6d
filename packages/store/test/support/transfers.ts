// SPDX-License-Identifier: Apache-2.0
import { ByteReader } from "@zeta/protocol/byte-reader";
import { utf8 } from "@zeta/protocol/bytes";
import { decodeCall } from "@zeta/protocol/call";
import { keyDigest } from "@zeta/protocol/digest";
import { ZetaError } from "@zeta/protocol/error";
import { ArrayCall } from "../../src/array-call.ts";
import type { BothTables } from "./monitored-workers.ts";

/** What every account holds at first. */
export const BEGIN = 100;

/** Of one byte the amount, then 1..16 accounts: the first pays each of the others. Result: what the first has afterwards. */
export function transferOf(amount: number, names: readonly string[]): Uint8Array {
  return Uint8Array.from([amount, ...names.flatMap((name) => [name.length, ...utf8(name)])]);
}

function parse(argument: Uint8Array): { readonly amount: number; readonly keys: Uint8Array[] } {
  const reader = new ByteReader(argument);
  const amount = reader.u8("amount");
  const keys: Uint8Array[] = [];
  while (reader.remaining > 0) keys.push(reader.frame8(1, 255, "key"));
  return { amount, keys };
}

export function balanceOf(value: Uint8Array | null): number {
  return value === null ? BEGIN : new DataView(value.buffer, value.byteOffset).getUint32(0);
}

/** Balances have some bytes behind them, so that values change their lengths. */
function bytesOf(balance: number): Uint8Array {
  const value = new Uint8Array(4 + (balance % 100));
  new DataView(value.buffer).setUint32(0, balance);
  return value;
}

function move(amount: number, values: readonly (Uint8Array | null)[]) {
  const [first = BEGIN, ...others] = values.map(balanceOf);
  const left = first - amount * others.length;
  if (left < 0) return null;
  const after = [left, ...others.map((balance) => balance + amount)].map(bytesOf);
  return { result: Uint8Array.of(left & 0xff), after };
}

/** The service as store and monitor run it. */
export const TRANSFERS: BothTables = {
  store: {
    recordsPerCallMax: 16,
    functions: [
      (argument) => {
        const { amount, keys } = parse(argument);
        return new ArrayCall(keys, (values) => {
          const moved = move(amount, values);
          if (moved === null) throw new ZetaError("R.fail", "expected enough money, got less");
          return { result: moved.result, values: moved.after };
        });
      },
    ],
  },
  monitor: new Map([
    [
      0,
      (payload: Uint8Array) => {
        const call = decodeCall(payload);
        const { amount, keys } = parse(call.argument);
        return { ...call, keys: keys.map(keyDigest), run: (values) => move(amount, values) };
      },
    ],
  ]),
};
