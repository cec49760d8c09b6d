// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ARGUMENT_FRAMING_BYTES,
  ARGUMENTS_MAX,
  BULK_BYTES_MAX,
  COMMAND_BYTES_MAX,
  INLINE_BYTES_MAX,
} from "../../src/resp/limits.ts";
import { RespParser } from "../../src/resp/parser.ts";
import { encodeCommand } from "../support/resp.ts";

function parse(...chunks: readonly (string | Buffer)[]): Buffer[][] {
  const parser = new RespParser();
  const commands: Buffer[][] = [];
  for (const chunk of chunks) {
    parser.push(typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk);
    for (let next = parser.next(); next !== null; next = parser.next()) commands.push(next);
  }
  return commands;
}

const texts = (commands: readonly (readonly Buffer[])[]) =>
  commands.map((args) => args.map((arg) => arg.toString("latin1")));

describe("arrays of bulk strings", () => {
  test("commands come out in order, whatever their arguments hold", () => {
    const commands = [["SET", "a\r\n", ""], ["PING"], ["GET", "\0*1\r\n"]];
    const bytes = Buffer.concat(commands.map((args) => encodeCommand(args)));
    expect(texts(parse(bytes))).toEqual(commands);
  });

  test("however the bytes are cut into chunks", () => {
    const argument = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    const command = fc.array(argument, { minLength: 1, maxLength: 5 });
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 6 }), cuts, (commands, at) => {
        const bytes = Buffer.concat(commands.map((args) => encodeCommand(args)));
        const ends = [...at.map((cut) => Math.min(cut, bytes.length)), bytes.length];
        ends.sort((a, b) => a - b);
        const chunks = ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
        expect(texts(parse(...chunks))).toEqual(texts(commands));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test("byte by byte, with an argument of a megabyte", () => {
    const value = Buffer.alloc(BULK_BYTES_MAX, "v");
    const bytes = encodeCommand(["SET", "k", value]);
    const chunks = [bytes.subarray(0, 30), bytes.subarray(30, 31)];
    for (let at = 31; at < bytes.length; at += 65_536) {
      chunks.push(bytes.subarray(at, at + 65_536));
    }
    const [command] = parse(...chunks);
    expect(command?.[2]?.equals(value)).toBe(true);
    const small = encodeCommand(["GET", "key"]);
    expect(texts(parse(...[...small].map((byte) => Buffer.of(byte))))).toEqual([["GET", "key"]]);
  });

  test("arguments of a whole chunk are views of it", () => {
    const chunk = encodeCommand(["GET", "key"]);
    const [command] = parse(chunk);
    expect(command?.[1]?.buffer).toBe(chunk.buffer);
  });

  test("commands without arguments are passed over, as Redis does", () => {
    expect(texts(parse("*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n"))).toEqual([["PING"]]);
  });
});

describe("lines typed by hand", () => {
  test.each([
    ["PING\r\n", [["PING"]]],
    ["PING\nECHO x\n", [["PING"], ["ECHO", "x"]]],
    ["  SET  a\tb \r\n\r\n", [["SET", "a", "b"]]],
    ['SET k "a \\"b\\" \\x41\\n"\r\n', [["SET", "k", 'a "b" A\n']]],
    ["SET k 'it\\'s \\n'\r\n", [["SET", "k", "it's \\n"]]],
    ['SET k pre"fix"\r\n', [["SET", "k", "prefix"]]],
    ['SET k ""\r\n', [["SET", "k", ""]]],
  ])("%j", (line, expected) => {
    expect(texts(parse(line))).toEqual(expected);
  });

  test.each(['SET k "a\r\n', "SET k 'a\r\n", 'SET k "a"b\r\n', 'SET k "a\\\r\n'])(
    "%j has unbalanced quotes",
    (line) => {
      expect(() => parse(line)).toThrow("Protocol error: unbalanced quotes in request");
    },
  );
});

describe("what is no command", () => {
  test.each([
    ["*1\r\n+PING\r\n", "expected '$', got '+'"],
    ["*1\r\n\0", "expected '$', got 'byte 0'"],
    ["*a\r\n", "invalid multibulk length"],
    ["*\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*-0\r\n", "invalid multibulk length"],
    ["*1\n$4\r\n", "invalid multibulk length"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$4x\r\n", "invalid bulk length"],
    ["*1\r\n$+4\r\n", "invalid bulk length"],
    ["*1\r\n$4\r\nPINGxx", "expected a line end after a bulk string"],
    [`*${"1".repeat(21)}`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(21)}`, "too big bulk count string"],
  ])("%j", (bytes, message) => {
    expect(() => parse(bytes)).toThrow(`Protocol error: ${message}`);
    expect(() => parse(...[...bytes])).toThrow(`Protocol error: ${message}`);
  });

  test("commands before it come out first", () => {
    const parser = new RespParser();
    parser.push(Buffer.from("PING\r\n*x\r\n"));
    expect(parser.next()?.toString()).toBe("PING");
    expect(() => parser.next()).toThrow("invalid multibulk length");
  });
});

describe("limits at n and n + 1", () => {
  test("arguments", () => {
    const most = encodeCommand(Array.from({ length: ARGUMENTS_MAX }, () => "a"));
    expect(parse(most)[0]).toHaveLength(ARGUMENTS_MAX);
    expect(() => parse(`*${ARGUMENTS_MAX + 1}\r\n`)).toThrow("invalid multibulk length");
  });

  test("bytes of an argument", () => {
    expect(parse(`*1\r\n$${BULK_BYTES_MAX}\r\n`)).toEqual([]);
    expect(() => parse(`*1\r\n$${BULK_BYTES_MAX + 1}\r\n`)).toThrow("invalid bulk length");
  });

  test("what is too large is told with its limit, what is no number is not", () => {
    const most = BULK_BYTES_MAX;
    expect(() => parse(`*1\r\n$${most + 1}\r\n`)).toThrow(
      /: invalid bulk length: expected at most 1048576 bytes, got 1048577$/,
    );
    expect(() => parse("*65537\r\n")).toThrow(
      /: invalid multibulk length: expected at most 65536 arguments, got 65537$/,
    );
    expect(() => parse("*1\r\n$-1\r\n")).toThrow(/: invalid bulk length$/);
    expect(() => parse("*x\r\n")).toThrow(/: invalid multibulk length$/);
  });

  test("bytes of a line, ended or not", () => {
    const line = "a".repeat(INLINE_BYTES_MAX);
    expect(parse(`${line}\n`)[0]?.[0]).toHaveLength(INLINE_BYTES_MAX);
    expect(parse(line)).toEqual([]);
    expect(() => parse(`${line}a\n`)).toThrow("too big inline request");
    expect(() => parse(`${line}a`)).toThrow("too big inline request");
  });

  test("bytes of a command", () => {
    const count = COMMAND_BYTES_MAX / BULK_BYTES_MAX;
    const full = Buffer.alloc(BULK_BYTES_MAX);
    const args = Array.from({ length: count - 1 }, () => full);
    const left = BULK_BYTES_MAX - count * ARGUMENT_FRAMING_BYTES;
    expect(parse(encodeCommand([...args, full.subarray(0, left)]))).toHaveLength(1);
    expect(() => parse(encodeCommand([...args, full.subarray(0, left + 1)]))).toThrow(
      `expected a command of at most ${COMMAND_BYTES_MAX} bytes`,
    );
  });
});
