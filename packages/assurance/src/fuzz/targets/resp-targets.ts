// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import { assert } from "@zeta/protocol/error";
import { parseLongDouble, printLongDouble } from "@zeta/service/resp/long-double";
import { matchGlob, parseGlob } from "@zeta/service/resp/match-glob";
import { parseInline } from "@zeta/service/resp/parse-inline";
import { parseInteger } from "@zeta/service/resp/parse-integer";
import { RespParser } from "@zeta/service/resp/parser";
import { type ByteTarget, bytewise } from "../target.ts";

/** What Redis clients send. */
export function respTargets(): ByteTarget[] {
  const texts = ["*2\r\n$3\r\nGET\r\n$5\r\nalice\r\n*1\r\n$4\r\nPING\r\n", "SET a 'b \\' c'\n"];
  return [
    {
      name: "commands of a Redis client",
      decoders: [parseInline],
      samples: texts.map((text) => Buffer.from(text)),
      recode: bytewise(parseInTwoWays),
    },
    {
      name: "pattern of a Redis client",
      decoders: [parseGlob],
      samples: ["user:[0-9]*", "a\\*?[^b-]", "*a*a*a*b"].map((text) => Buffer.from(text)),
      recode: bytewise((pattern) => matchGlob(parseGlob(pattern), Buffer.from("user:77aaaaaaaa"))),
    },
    {
      name: "whole number of a Redis client",
      decoders: [parseInteger],
      samples: ["0", "-1", "9223372036854775807"].map((text) => Buffer.from(text)),
      recode(bytes) {
        const number = parseInteger(bytes);
        return number === null ? null : Buffer.from(String(number));
      },
    },
    {
      name: "number with a fraction of a Redis client",
      decoders: [parseLongDouble],
      samples: ["1.5", "-2.5e-3", "0x1.8p-3", "+inf", "123456789.12345678901234567"].map((text) =>
        Buffer.from(text),
      ),
      recode: bytewise(printTwice),
    },
  ];
}

/** However the bytes are cut into chunks, the same commands come out, or the same refusal. */
function parseInTwoWays(bytes: Uint8Array): void {
  const whole = parse([Buffer.from(bytes)]);
  const single = parse([...bytes].map((byte) => Buffer.of(byte)));
  if (!isDeepStrictEqual(whole, single)) throw new Error("expected the same of single bytes");
  if (whole.refusal !== null) throw whole.refusal;
}

function parse(chunks: readonly Buffer[]) {
  const parser = new RespParser();
  const commands: string[][] = [];
  try {
    for (const chunk of chunks) {
      parser.push(chunk);
      for (let next = parser.next(); next !== null; next = parser.next()) {
        commands.push(next.map((arg) => arg.toString("latin1")));
      }
    }
    return { commands, refusal: null };
  } catch (refusal) {
    return { commands, refusal };
  }
}

/** What is printed of a number says the same number, as far as it is printed. */
function printTwice(bytes: Uint8Array): string | null {
  const number = parseLongDouble(bytes);
  if (number === null || number === "infinite") return number;
  const printed = printLongDouble(number);
  const again = parseLongDouble(Buffer.from(printed));
  assert(again !== null && again !== "infinite", "what was printed can be read");
  assert(printLongDouble(again) === printed, "what was printed is printed again");
  return printed;
}
