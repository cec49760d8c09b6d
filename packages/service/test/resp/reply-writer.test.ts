// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { ReplyWriter, type RespVersion } from "../../src/resp/reply-writer.ts";

function written(write: (writer: ReplyWriter) => void, version: RespVersion = 2): string {
  const writer = new ReplyWriter();
  writer.version = version;
  write(writer);
  return writer.take().toString("latin1");
}

test.each<[string, (writer: ReplyWriter) => void, resp2: string, resp3: string]>([
  ["simple", (writer) => writer.simple("OK"), "+OK\r\n", "+OK\r\n"],
  ["error", (writer) => writer.error("ERR no"), "-ERR no\r\n", "-ERR no\r\n"],
  ["integer", (writer) => writer.integer(-7n), ":-7\r\n", ":-7\r\n"],
  ["bulk", (writer) => writer.bulk(Buffer.of(0, 13, 10)), "$3\r\n\0\r\n\r\n", "$3\r\n\0\r\n\r\n"],
  ["text", (writer) => writer.bulk("é"), "$2\r\n\xc3\xa9\r\n", "$2\r\n\xc3\xa9\r\n"],
  ["no bulk", (writer) => writer.bulk(null), "$-1\r\n", "_\r\n"],
  ["no array", (writer) => writer.nullArray(), "*-1\r\n", "_\r\n"],
  [
    "array",
    (writer) => writer.array(2).integer(1).null(),
    "*2\r\n:1\r\n$-1\r\n",
    "*2\r\n:1\r\n_\r\n",
  ],
  [
    "map",
    (writer) => writer.map(1).bulk("a").integer(1),
    "*2\r\n$1\r\na\r\n:1\r\n",
    "%1\r\n$1\r\na\r\n:1\r\n",
  ],
  ["set", (writer) => writer.set(1).integer(1), "*1\r\n:1\r\n", "~1\r\n:1\r\n"],
  ["verbatim", (writer) => writer.verbatim("hé"), "$3\r\nh\xc3\xa9\r\n", "=7\r\ntxt:h\xc3\xa9\r\n"],
])("%s in RESP2 and RESP3", (_name, write, resp2, resp3) => {
  expect(written(write, 2)).toBe(resp2);
  expect(written(write, 3)).toBe(resp3);
});

test("what a client sent cannot end a line of ours", () => {
  expect(written((writer) => writer.error("ERR 'a\r\n+OK\u010a\u0d0a'"))).toBe("-ERR 'a +OK '\r\n");
  expect(written((writer) => writer.simple("\n"))).toBe("+ \r\n");
});

test("large answers, taken whole", () => {
  const writer = new ReplyWriter();
  const value = Buffer.alloc(100_000, "x");
  for (let i = 0; i < 20; i++) writer.bulk(value);
  const bytes = writer.take();
  expect(bytes.length).toBe(20 * (value.length + "$100000\r\n\r\n".length));
  expect(writer.length).toBe(0);
  writer.simple("OK");
  expect(bytes.subarray(0, 10).toString()).toBe("$100000\r\nx");
  expect(writer.take().toString()).toBe("+OK\r\n");
});
