// SPDX-License-Identifier: Apache-2.0
/** Values as numbers with a fraction: INCRBYFLOAT and HINCRBYFLOAT. */
import { checkedKey } from "../checked-key.ts";
import type { DataCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import {
  addLongDoubles,
  type LongDouble,
  parseLongDouble,
  printLongDouble,
} from "../long-double.ts";
import { keyName } from "../record-view.ts";
import { stringOf } from "../typed-value.ts";
import { changingHash } from "./hash-command.ts";

const ZERO = Buffer.from("0");

/** What is added to what, as texts: the sum as a text. @throws CommandError */
function added(value: LongDouble | "infinite", step: LongDouble | "infinite"): Buffer {
  const sum = value === "infinite" || step === "infinite" ? null : addLongDoubles(value, step);
  if (sum === null) throw new CommandError("ERR increment would produce NaN or Infinity");
  return Buffer.from(printLongDouble(sum));
}

function float(text: Uint8Array, refusal = "ERR value is not a valid float") {
  const number = parseLongDouble(text);
  if (number === null) throw new CommandError(refusal);
  return number;
}

const incrbyfloat: DataCommand = {
  kind: "data",
  name: "incrbyfloat",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [1, 1, 1],
  group: "string",
  summary: "Adds to a number with a fraction, in 80 bits as Redis on x86-64",
  prepare([, name, step]) {
    const key = checkedKey(name);
    let sum: Buffer = ZERO;
    return {
      parts: [
        {
          reads: [key],
          apply(view) {
            const value = float(stringOf(view.get(key)) ?? ZERO);
            sum = added(value, float(step as Buffer));
            view.set(key, sum);
          },
        },
      ],
      reply: (writer) => writer.bulk(sum),
    };
  },
};

const hincrbyfloat = changingHash(
  {
    name: "hincrbyfloat",
    arity: 4,
    summary: "Adds to a field that holds a number with a fraction",
  },
  ["denyoom"],
  ([, , name, text]) => {
    const step = float(text as Buffer);
    if (step === "infinite") throw new CommandError("ERR value is NaN or Infinity");
    const field = keyName(name as Buffer);
    let sum: Buffer = ZERO;
    return {
      apply(fields) {
        const value = float(fields.get(field) ?? ZERO, "ERR hash value is not a float");
        sum = added(value, step);
        fields.set(field, sum);
        return true;
      },
      reply: (writer) => writer.bulk(sum),
    };
  },
);

export const FLOAT_COMMANDS = [incrbyfloat, hincrbyfloat] as const;
