// SPDX-License-Identifier: Apache-2.0
/** Values as whole numbers: INCR and its kin. */
import { checkedKey } from "../checked-key.ts";
import type { Arguments, DataCommand } from "../command.ts";
import { CommandError, notAnInteger } from "../command-error.ts";
import { parseInteger } from "../parse-integer.ts";
import { stringOf } from "../typed-value.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

function counter(
  name: string,
  arity: 2 | 3,
  summary: string,
  stepOf: (args: Arguments) => bigint,
): DataCommand {
  return {
    kind: "data",
    name,
    arity,
    flags: ["write", "denyoom", "fast"],
    keys: [1, 1, 1],
    group: "string",
    summary,
    prepare(args) {
      const key = checkedKey(args[1]);
      const step = stepOf(args);
      let sum = 0n;
      return {
        parts: [
          {
            reads: [key],
            apply(view) {
              const value = parseInteger(stringOf(view.get(key)) ?? Buffer.from("0"));
              if (value === null) throw notAnInteger();
              sum = added(value, step);
              view.set(key, Buffer.from(String(sum)));
            },
          },
        ],
        reply: (writer) => writer.integer(sum),
      };
    },
  };
}

/** @throws CommandError for a sum that has no 64 bits. */
export function added(value: bigint, step: bigint): bigint {
  const sum = value + step;
  if (sum >= MIN && sum <= MAX) return sum;
  throw new CommandError("ERR increment or decrement would overflow");
}

function stepArgument([, , step]: Arguments): bigint {
  const number = parseInteger(step as Buffer);
  if (number === null) throw notAnInteger();
  return number;
}

function negated(args: Arguments): bigint {
  const step = stepArgument(args);
  if (step === MIN) throw new CommandError("ERR decrement would overflow");
  return -step;
}

export const COUNTER_COMMANDS = [
  counter("incr", 2, "Adds 1 to a whole number", () => 1n),
  counter("decr", 2, "Takes 1 from a whole number", () => -1n),
  counter("incrby", 3, "Adds to a whole number", stepArgument),
  counter("decrby", 3, "Takes from a whole number", negated),
] as const;
