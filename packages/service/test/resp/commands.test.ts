// SPDX-License-Identifier: Apache-2.0
import { decodeHashValue, encodeHashValue } from "@zeta/protocol/hash-value";
import { decodeKvResult, kvFunctionNumber } from "@zeta/protocol/kv";
import {
  HASH_FIELDS_MAX,
  KEY_BYTES_MAX,
  TRANSACT_RECORDS_MAX,
  VALUE_BYTES_MAX,
} from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import type { Executed } from "../../src/engine-call.ts";
import { ARGUMENTS_MAX, REPLY_BYTES_MAX, TYPED_SCAN_COUNT_MAX } from "../../src/resp/limits.ts";
import { type Answer, RespError } from "../support/resp.ts";
import { startFront } from "../support/resp-front.ts";

const error = (message: string) => new RespError(message);
const wrongArity = (name: string) => error(`ERR wrong number of arguments for '${name}' command`);
const NOT_INTEGER = error("ERR value is not an integer or out of range");

const WRONG_TYPE = error("WRONGTYPE Operation against a key holding the wrong kind of value");

/** Commands one after the other on one connection, with what is answered. */
type Script = readonly (readonly [command: string, answer: Answer])[];

const SCRIPTS: Readonly<Record<string, Script>> = {
  greetings: [
    ["PING", "PONG"],
    ["ping hello", "hello"],
    ["PING a b", wrongArity("ping")],
    ["ECHO x", "x"],
    ["ECHO", wrongArity("echo")],
    ["SELECT 0", "OK"],
    ["SELECT 1", error("ERR DB index is out of range")],
    ["SELECT x", NOT_INTEGER],
    ["AUTH default secret", "OK"],
    ["AUTH bob secret", error("WRONGPASS invalid username-password pair or user is disabled.")],
    ["NOSUCH a b", error("ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ")],
  ],
  "GET and SET": [
    ["GET a", null],
    ["SET a 1", "OK"],
    ["GET a", "1"],
    ["SET a 2 NX", null],
    ["SET b 2 NX", "OK"],
    ["SET c 3 XX", null],
    ["SET b 3 XX", "OK"],
    ["SET b 4 GET", "3"],
    ["SET b 5 XX GET", "4"],
    ["SET b 6 NX GET", "5"],
    ["SET d 1 NX GET", null],
    ["MGET a b c d", ["1", "5", null, "1"]],
    ["SET a 1 KEEPTTL", "OK"],
    ["SET a 1 NX XX", error("ERR syntax error")],
    ["SET a 1 WHAT", error("ERR syntax error")],
    ["SET a", wrongArity("set")],
    [
      "SET a 1 EX 10",
      error("ERR expiry is not supported: expected SET without EX, since no clock is certified"),
    ],
    ["SETNX a 9", 0],
    ["SETNX e 9", 1],
    ["GETSET e 8", "9"],
    ["GETSET f 7", null],
    ["GETDEL f", "7"],
    ["GETDEL f", null],
    ["STRLEN e", 1],
    ["STRLEN f", 0],
    ["APPEND e xyz", 4],
    ["APPEND g new", 3],
    ["GET e", "8xyz"],
  ],
  "several keys": [
    ["MSET a 1 b 2 a 3", "OK"],
    ["MSET a", wrongArity("mset")],
    ["MSET a 1 b", wrongArity("mset")],
    ["MGET a b x a", ["3", "2", null, "3"]],
    ["EXISTS a b x a", 3],
    ["EXISTS a", 1],
    ["EXISTS x", 0],
    ["TYPE a", "string"],
    ["TYPE x", "none"],
    ["TYPE", wrongArity("type")],
    ["TTL a", -1],
    ["PTTL x", -2],
    ["DEL a x a", 1],
    ["UNLINK b", 1],
    ["DEL b", 0],
    ["EXISTS a b", 0],
  ],
  "whole numbers": [
    ["INCR n", 1],
    ["INCRBY n 41", 42],
    ["DECR n", 41],
    ["DECRBY n 100", -59],
    ["GET n", "-59"],
    ["SET n 9223372036854775806", "OK"],
    ["INCR n", 9223372036854775807n],
    ["INCR n", error("ERR increment or decrement would overflow")],
    ["DECRBY n -1", error("ERR increment or decrement would overflow")],
    ["DECRBY n -9223372036854775808", error("ERR decrement would overflow")],
    ["INCRBY n 9223372036854775808", NOT_INTEGER],
    ["INCRBY n 1.5", NOT_INTEGER],
    ["SET s 01", "OK"],
    ["INCR s", NOT_INTEGER],
  ],
  "parts of strings": [
    ["SET a hello", "OK"],
    ["GETRANGE a 1 3", "ell"],
    ["SUBSTR a -2 -1", "lo"],
    ["SETRANGE a 7 x", 8],
    ["GET a", "hello\0\0x"],
    ["SETRANGE a -1 x", error("ERR offset is out of range")],
    [
      `SETRANGE a ${VALUE_BYTES_MAX} x`,
      error(
        `ERR value_too_large: expected a value of at most ${VALUE_BYTES_MAX} bytes, got ${VALUE_BYTES_MAX + 1}`,
      ),
    ],
    ["MSETNX b 1 c 2", 1],
    ["MSETNX c 3 d 4", 0],
    ["RENAME b d", "OK"],
    ["MGET b c d", [null, "2", "1"]],
    ["RENAMENX c d", 0],
    ["RENAME b d", error("ERR no such key")],
    ["TOUCH a b c d", 3],
    ["PERSIST a", 0],
  ],
  hashes: [
    ["HSET h name ada born 1815", 2],
    ["HSET h born 1816 died 1852", 1],
    ["HGET h born", "1816"],
    ["HGETALL h", ["name", "ada", "born", "1816", "died", "1852"]],
    ["HMGET h died none", ["1852", null]],
    ["HINCRBY h born -1", 1815],
    ["HINCRBY h name 1", error("ERR hash value is not an integer")],
    ["HLEN h", 3],
    ["TYPE h", "hash"],
    ["EXISTS h", 1],
    ["GET h", WRONG_TYPE],
    ["STRLEN h", WRONG_TYPE],
    ["INCR h", WRONG_TYPE],
    ["MGET h", [null]],
    ["SET s text", "OK"],
    ["HGET s name", WRONG_TYPE],
    ["HSET s name x", WRONG_TYPE],
    ["HDEL h name none died", 2],
    ["HSCAN h 0 MATCH b*", ["0", ["born", "1815"]]],
    ["HDEL h born", 1],
    ["EXISTS h", 0],
    ["HSET h x", wrongArity("hset")],
    ["HSET h x 1 y", wrongArity("hset")],
  ],
  "numbers with a fraction": [
    ["INCRBYFLOAT f 10.5", "10.5"],
    ["INCRBYFLOAT f 0.1", "10.6"],
    ["INCRBYFLOAT f -5.6e0", "5"],
    ["INCRBYFLOAT f 0x1.8p1", "8"],
    ["INCRBYFLOAT f inf", error("ERR increment would produce NaN or Infinity")],
    ["INCRBYFLOAT f 1,5", error("ERR value is not a valid float")],
    ["GET f", "8"],
    // The first whole number that has no 64 bits: the next below it is 2 away.
    ["SET n 18446744073709551616", "OK"],
    ["INCRBYFLOAT n 1", "18446744073709551616"],
    ["INCRBYFLOAT n 3", "18446744073709551620"],
    ["HINCRBYFLOAT h f 1.1", "1.1"],
    ["HINCRBYFLOAT h f 2.2", "3.3"],
    ["HINCRBYFLOAT h f inf", error("ERR value is NaN or Infinity")],
    ["HSET h t text", 1],
    ["HINCRBYFLOAT h t 1", error("ERR hash value is not a float")],
    ["INCRBYFLOAT h 1", WRONG_TYPE],
  ],
  copies: [
    ["HSET h f 1", 1],
    ["COPY h i", 1],
    ["HGETALL i", ["f", "1"]],
    ["SET a 1", "OK"],
    ["COPY a i", 0],
    ["COPY a i REPLACE DB 0", 1],
    ["GETEX i", "1"],
    ["GETEX i PERSIST", "1"],
    ["GETEX h", WRONG_TYPE],
    [
      "GETEX i EX 10",
      error("ERR expiry is not supported: expected GETEX without EX, since no clock is certified"),
    ],
    ["COPY a a", error("ERR source and destination objects are the same")],
    ["COPY a b DB 1", error("ERR DB index is out of range")],
    ["OBJECT ENCODING a", "raw"],
    ["OBJECT ENCODING h", "listpack"],
    ["OBJECT ENCODING none", null],
    ["MEMORY USAGE a", 2],
    ["MEMORY USAGE a SAMPLES 0", 2],
    ["MEMORY USAGE none", null],
    ["SCAN 0 TYPE hash", ["0", ["h"]]],
    ["SCAN 0 MATCH [ai] TYPE STRING", ["0", ["i", "a"]]],
    ["SCAN 0 COUNT 1 TYPE hash", ["1", ["h"]]],
    ["HSCAN h 0 TYPE hash", error("ERR syntax error")],
    ["HRANDFIELD h", "f"],
    ["HRANDFIELD h -3 WITHVALUES", ["f", "1", "f", "1", "f", "1"]],
    [
      `HRANDFIELD h -${ARGUMENTS_MAX + 1}`,
      error(
        `ERR reply_too_large: expected at most ${ARGUMENTS_MAX} fields in one answer, got ${ARGUMENTS_MAX + 1}`,
      ),
    ],
    ["DEL a i", 2],
    ["RANDOMKEY", "h"],
  ],
  "what is not here": [
    ["CLIENT TRACKING OFF", "OK"],
    ["CLIENT TRACKING ON", error("ERR CLIENT TRACKING ON is not supported: expected OFF")],
    ["CLIENT NO-EVICT ON", error("ERR CLIENT NO-EVICT ON is not supported: expected OFF")],
    ["CLIENT REPLY SKIP", error("ERR CLIENT REPLY SKIP is not supported: expected ON")],
    ["CLIENT TRACKINGINFO", ["flags", ["off"], "redirect", -1, "prefixes", []]],
    ["CONFIG GET maxmemory*", ["maxmemory", "0", "maxmemory-policy", "noeviction"]],
    ["CONFIG GET databases", ["databases", "1"]],
    ["CONFIG GET appendonly nosuch", ["appendonly", "no"]],
    [
      "CONFIG SET maxmemory 1",
      error(
        "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - can't set immutable config",
      ),
    ],
    ["ROLE", ["master", 0, []]],
    ["MODULE LIST", []],
    ["ACL WHOAMI", "default"],
    ["CLUSTER INFO", error("ERR This instance has cluster support disabled")],
    ["COMMAND GETKEYS MSET a 1 b 2", ["a", "b"]],
    ["DEBUG SLEEP 0", error("ERR unknown command 'DEBUG', with args beginning with: 'SLEEP' '0' ")],
  ],
  reset: [
    ["CLIENT SETNAME me", "OK"],
    ["SET a 1", "OK"],
    ["MULTI", "OK"],
    ["SET a 2", "QUEUED"],
    ["RESET", "RESET"],
    ["GET a", "1"],
    ["EXEC", error("ERR EXEC without MULTI")],
    ["CLIENT GETNAME", null],
  ],
  listing: [
    ["DBSIZE", 0],
    ["MSET user:1 a user:2 b", "OK"],
    ["SET other c", "OK"],
    ["DBSIZE", 3],
    ["KEYS user:*", ["user:1", "user:2"]],
    ["KEYS user:[2-9]", ["user:2"]],
    ["DEL user:1", 1],
    ["KEYS *", ["user:2", "other"]],
    ["SCAN 0", ["0", ["user:2", "other"]]],
    ["SCAN 0 COUNT 2", ["2", ["user:2"]]],
    ["SCAN 2 COUNT 2", ["0", ["other"]]],
    ["SCAN 99", ["0", []]],
    ["SCAN 0 MATCH o*", ["0", ["other"]]],
    ["SCAN 0 COUNT 0", error("ERR syntax error")],
    ["SCAN 0 COUNT x", NOT_INTEGER],
    ["SCAN 0 WHAT x", error("ERR syntax error")],
    ["SCAN 0 COUNT", error("ERR syntax error")],
    ["SCAN x", error("ERR invalid cursor")],
  ],
  "the connection": [
    ["CLIENT ID", 1],
    ["CLIENT GETNAME", null],
    ["CLIENT SETNAME me", "OK"],
    ["CLIENT GETNAME", "me"],
    ["CLIENT SETINFO lib-name x", "OK"],
    ["CLIENT SETINFO other x", error("ERR Unrecognized option 'other'")],
    ["CLIENT KILL x", error("ERR unknown subcommand 'KILL'. Try CLIENT HELP.")],
    ["CLIENT LIST TYPE master", ""],
    ["CLIENT LIST ID 99", ""],
    ["CLIENT ID x", wrongArity("client|id")],
    ["HELLO 4", error("NOPROTO unsupported protocol version")],
    ["HELLO x", error("ERR Protocol version is not an integer or out of range")],
    ["HELLO 2 NOPE", error("ERR Syntax error in HELLO option 'NOPE'")],
    ["COMMAND WHAT", error("ERR unknown subcommand 'WHAT'. Try COMMAND HELP.")],
    ["COMMAND INFO nosuch", [null]],
  ],
};

describe("commands", () => {
  test.each(Object.entries(SCRIPTS))("%s", async (_name, script) => {
    const { client } = await startFront();
    const one = client();
    for (const [command, answer] of script) {
      expect({ command, answer: await one.ask(command) }).toEqual({ command, answer });
    }
  });

  test.each(Object.entries(SCRIPTS))("%s, in one pipeline", async (_name, script) => {
    const { client } = await startFront();
    const answers = await client().pipeline(...script.map(([command]) => command));
    expect(answers).toEqual(script.map(([, answer]) => answer));
  });

  test.each(["CLIENT", "COMMAND", "CONFIG", "OBJECT", "MEMORY", "MODULE", "ACL"])(
    "%s HELP tells what it has, in the form of Redis",
    async (name) => {
      const { client } = await startFront();
      const lines = (await client().ask([name, "HELP"])) as readonly string[];
      expect(lines[0]).toBe(`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
      expect(lines.length).toBeGreaterThan(4);
      expect(lines.slice(-2)).toEqual(["HELP", "    Prints this help."]);
    },
  );

  test("HRANDFIELD draws different fields, or below zero each anew", async () => {
    const { client } = await startFront();
    const one = client();
    const fields = Array.from({ length: 20 }, (_, i) => `f${i}`);
    await one.ask(["HSET", "h", ...fields.flatMap((field) => [field, "v"])]);
    const some = (await one.ask("HRANDFIELD h 7")) as string[];
    expect(new Set(some).size).toBe(7);
    expect(fields).toEqual(expect.arrayContaining(some));
    expect(((await one.ask("HRANDFIELD h 99")) as string[]).sort()).toEqual([...fields].sort());
    const many = (await one.ask("HRANDFIELD h -200")) as string[];
    expect(many).toHaveLength(200);
    expect(fields).toEqual(expect.arrayContaining([...new Set(many)]));
  });

  test("RANDOMKEY finds the last of many keys, and none where there is none", async () => {
    const { client } = await startFront();
    const one = client();
    const keys = Array.from({ length: 1000 }, (_, i) => `key-${i}`);
    await one.ask(["MSET", ...keys.flatMap((key) => [key, "1"])]);
    expect(keys).toContain(await one.ask("RANDOMKEY"));
    await one.ask(["DEL", ...keys.slice(0, 500), ...keys.slice(501)]);
    expect(await one.ask("RANDOMKEY")).toBe("key-500");
    await one.ask("DEL key-500");
    expect(await one.ask("RANDOMKEY")).toBeNull();
  });

  test("SCAN with TYPE meets every key of the type once, and is refused in a transaction", async () => {
    const { client } = await startFront();
    const one = client();
    const keys = Array.from({ length: 2 * TYPED_SCAN_COUNT_MAX + 1 }, (_, i) => `key-${i}`);
    await one.ask(["MSET", ...keys.flatMap((key) => [key, "1"])]);
    await one.ask("HSET hash f 1");
    const found: string[] = [];
    let cursor = "0";
    do {
      const [next, some] = (await one.ask(`SCAN ${cursor} TYPE string COUNT 9999`)) as [
        ...[string, string[]],
      ];
      expect(some.length).toBeLessThanOrEqual(TYPED_SCAN_COUNT_MAX);
      found.push(...some);
      cursor = next;
    } while (cursor !== "0");
    expect(found.sort()).toEqual([...keys].sort());
    expect(await one.pipeline("MULTI", "SCAN 0 TYPE hash", "EXEC")).toEqual([
      ...["OK", "QUEUED", [error("ERR SCAN with TYPE is not supported between MULTI and EXEC")]],
    ]);
  });

  test("keys and values are any bytes", async () => {
    const { client } = await startFront();
    const one = client();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(await one.ask(["SET", bytes, bytes])).toBe("OK");
    expect(await one.ask(["GET", bytes])).toBe(Buffer.from(bytes).toString("latin1"));
    expect(await one.ask("KEYS *")).toEqual([Buffer.from(bytes).toString("latin1")]);
    expect(await one.ask(["SET", "", ""])).toBe("OK");
    expect(await one.ask(["GET", ""])).toBe("");
  });

  test("keys, values and sums at their limits", async () => {
    const { client } = await startFront();
    const one = client();
    const key = "k".repeat(KEY_BYTES_MAX);
    const value = Buffer.alloc(VALUE_BYTES_MAX, "v");
    const tooLong = `ERR key_too_long: expected a key of at most ${KEY_BYTES_MAX} bytes`;
    for (const name of ["GET", "INCR", "DEL"]) {
      expect(await one.ask([name, `${key}k`])).toEqual(error(`${tooLong}, got ${key.length + 1}`));
    }
    expect(await one.ask(["SET", key, value])).toBe("OK");
    expect(await one.ask(["SET", key, value, "XX", "GET"])).toHaveLength(VALUE_BYTES_MAX);
    expect(await one.ask(["APPEND", key, ""])).toBe(VALUE_BYTES_MAX);
    expect(await one.ask(["APPEND", key, "x"])).toEqual(
      error(
        `ERR value_too_large: expected a value of at most ${VALUE_BYTES_MAX} bytes, got ${VALUE_BYTES_MAX + 1}`,
      ),
    );
    expect(await one.ask(["STRLEN", key])).toBe(VALUE_BYTES_MAX);
  });

  test("more keys than one step can have are done in several", async () => {
    const { client } = await startFront();
    const one = client();
    const keys = Array.from({ length: 2 * TRANSACT_RECORDS_MAX + 1 }, (_, i) => `key-${i}`);
    expect(await one.ask(["MSET", ...keys.flatMap((key) => [key, key])])).toBe("OK");
    expect(await one.ask(["MGET", ...keys])).toEqual(keys);
    expect(await one.ask(["EXISTS", ...keys, "none"])).toBe(keys.length);
    expect(await one.ask(["DEL", ...keys])).toBe(keys.length);
    expect(await one.ask("DBSIZE")).toBe(0);
  });

  test("an answer of more values than fit is refused", async () => {
    const { client } = await startFront();
    const one = client();
    const value = Buffer.alloc(VALUE_BYTES_MAX, "v");
    const names = Array.from({ length: REPLY_BYTES_MAX / VALUE_BYTES_MAX }, (_, i) => `k${i}`);
    for (const name of names) await one.ask(["SET", name, value]);
    expect(await one.ask(["MGET", ...names])).toHaveLength(names.length);
    await one.ask("SET more x");
    const got = REPLY_BYTES_MAX + 1;
    expect(await one.ask(["MGET", "more", ...names])).toEqual(
      error(
        `ERR reply_too_large: expected at most ${REPLY_BYTES_MAX} bytes of keys or values in one answer, got ${got}`,
      ),
    );
  });
});

describe("one value many times", () => {
  const tooLarge = expect.stringMatching(/^ERR reply_too_large: expected at most 16777216 bytes/);
  const value = Buffer.alloc(VALUE_BYTES_MAX, "v");
  const times = REPLY_BYTES_MAX / VALUE_BYTES_MAX + 1;

  test("is no larger an answer than many values", async () => {
    const { client } = await startFront();
    const one = client();
    await one.ask(["SET", "a", value]);
    const many = Array.from({ length: times }, () => "a");
    expect(await one.ask(["MGET", ...many.slice(1)])).toHaveLength(times - 1);
    expect(await one.ask(["MGET", ...many])).toMatchObject({ message: tooLarge });
    await one.ask(["HSET", "h", "f", value.subarray(100)]);
    const fields = Array.from({ length: times + 1 }, () => "f");
    expect(await one.ask(["HMGET", "h", ...fields])).toMatchObject({ message: tooLarge });
    expect(await one.ask("PING")).toBe("PONG");
  });

  test("in a transaction is refused where it is too much, and what was done is done", async () => {
    const { client } = await startFront();
    const one = client();
    await one.ask(["SET", "a", value]);
    const gets = Array.from({ length: times }, () => "GET a");
    const answers = await one.pipeline("MULTI", ...gets, "INCR n", "EXEC", "GET n");
    const done = answers.at(-2) as readonly Answer[];
    expect(done).toHaveLength(times + 1);
    expect(done[times - 2]).toHaveLength(VALUE_BYTES_MAX);
    expect(done.slice(times - 1)).toMatchObject([{ message: tooLarge }, 1]);
    expect(answers.at(-1)).toBe("1");
  });
});

describe("hashes in records", () => {
  test("their bytes are those of docs/formats.md, whoever reads them", async () => {
    const { client, service } = await startFront();
    const one = client();
    await one.ask("HSET h b 2 a 1");
    const [read] = await service.engine.execute([
      { function: kvFunctionNumber("get"), argument: Buffer.from("h"), requestId: "00".repeat(16) },
    ]);
    const told = decodeKvResult("get", (read as Executed).result);
    const value = "value" in told ? told.value : null;
    const fields = new Map([
      ["b", Uint8Array.of(0x32)],
      ["a", Uint8Array.of(0x31)],
    ]);
    expect(decodeHashValue(value as Uint8Array)).toEqual(fields);
  });

  test("no string can pass for one", async () => {
    const { client } = await startFront();
    const one = client();
    const encoded = encodeHashValue(new Map([["f", Uint8Array.of(1)]]));
    const reserved = error("ERR value_reserved: expected a string, got the encoding of a hash");
    for (const command of ["SET", "SETNX", "GETSET", "MSET", "MSETNX", "APPEND"]) {
      expect(await one.ask([command, "k", encoded])).toEqual(reserved);
    }
    await one.ask(["SET", "k", encoded.subarray(0, 9)]);
    expect(await one.ask(["APPEND", "k", encoded.subarray(9)])).toEqual(reserved);
    expect(await one.ask(["SETRANGE", "k", "9", encoded.subarray(9)])).toEqual(reserved);
    expect(await one.ask("STRLEN k")).toBe(9);
  });

  test("a hash is no longer than a value may be", async () => {
    const { client } = await startFront();
    const one = client();
    const half = Buffer.alloc(VALUE_BYTES_MAX / 2 - 100, "v");
    expect(await one.ask(["HSET", "h", "a", half, "b", half])).toBe(2);
    expect(await one.ask(["HSET", "h", "c", half])).toMatchObject({
      message: expect.stringMatching(/^ERR value_too_large: /),
    });
    expect(await one.ask("HLEN h")).toBe(2);
  });

  test("a hash has so many fields and no more", async () => {
    const { client } = await startFront();
    const one = client();
    const pairs = Array.from({ length: HASH_FIELDS_MAX }, (_, i) => [`f${i}`, `${i}`]).flat();
    expect(await one.ask(["HSET", "h", ...pairs])).toBe(HASH_FIELDS_MAX);
    expect(await one.ask("HSET h f0 again")).toBe(0);
    expect(await one.ask("HSETNX h more 1")).toEqual(
      error(`ERR hash_too_large: expected at most ${HASH_FIELDS_MAX} fields, got 4097`),
    );
    expect(await one.ask("HLEN h")).toBe(HASH_FIELDS_MAX);
  });
});

describe("RESP3", () => {
  test("HRANDFIELD tells pairs, and RESET speaks RESP2 again", async () => {
    const { client } = await startFront();
    const one = client();
    await one.pipeline("HELLO 3", "HSET h a 1");
    expect(await one.ask("HRANDFIELD h 1 WITHVALUES")).toEqual([["a", "1"]]);
    expect(await one.pipeline("RESET", "HRANDFIELD h 1 WITHVALUES")).toEqual([
      ...["RESET", ["a", "1"]],
    ]);
  });

  test("a hash is a map", async () => {
    const { client } = await startFront();
    const one = client();
    await one.pipeline("HELLO 3", "HSET h a 1");
    one.socket.removeAllListeners("data");
    const bytes = new Promise<string>((resolve) =>
      one.socket.once("data", (chunk) => resolve(chunk.toString("latin1"))),
    );
    one.send("HGETALL h", "HGET h none");
    expect(await bytes).toBe("%1\r\n$1\r\na\r\n$1\r\n1\r\n_\r\n");
  });

  test("is spoken after HELLO 3", async () => {
    const { client } = await startFront();
    const one = client();
    const hello = (await one.ask("HELLO 3 AUTH default x SETNAME me")) as readonly Answer[];
    expect(hello).toEqual(
      expect.arrayContaining(["server", "redis", "proto", 3, "role", "master", "modules", []]),
    );
    one.socket.removeAllListeners("data");
    const bytes = new Promise<string>((resolve) =>
      one.socket.once("data", (chunk) => resolve(chunk.toString("latin1"))),
    );
    one.send("GET none", "CLIENT GETNAME", "INFO Keyspace", "ZETA.EPOCH", "HELLO 2", "GET none");
    expect(await bytes).toMatch(
      /^_\r\n\$2\r\nme\r\n=16\r\ntxt:# Keyspace\r\n\r\n%2\r\n\$7\r\ncurrent\r\n:0\r\n\$9\r\ncertified\r\n_\r\n\*14\r\n(?:.*\r\n)*\$-1\r\n$/,
    );
  });
});

describe("what clients ask first", () => {
  test("INFO, whole and by section", async () => {
    const { client } = await startFront();
    const one = client();
    const all = String(await one.ask("INFO"));
    expect(all).toMatch(/^# Server\r\nredis_version:7\.0\.15\r\n/);
    expect(all).toContain("\r\nloading:0\r\n");
    expect(all).toContain("\r\nzeta_not_certified:INFO,DBSIZE,SCAN,KEYS\r\n");
    await one.ask("SET a 1");
    expect(await one.ask("INFO keyspace")).toBe("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
    expect(await one.ask("INFO nosuch")).toBe("");
  });

  test("COMMAND tells of every command, in three ways", async () => {
    const { client } = await startFront();
    const one = client();
    const count = Number(await one.ask("COMMAND COUNT"));
    const names = (await one.ask("COMMAND LIST")) as string[];
    expect(names).toHaveLength(count);
    const entries = (await one.ask("COMMAND")) as (readonly Answer[])[];
    expect(entries.map(([name]) => name)).toEqual(names);
    expect(await one.ask("COMMAND INFO get")).toEqual([
      ["get", 2, ["readonly", "fast"], 1, 1, 1, [], [], [], []],
    ]);
    const docs = (await one.ask("COMMAND DOCS")) as Answer[];
    expect(docs.filter((_, i) => i % 2 === 0)).toEqual(names);
    expect(await one.ask("COMMAND DOCS get")).toEqual([
      "get",
      ["summary", "The value of a key", "group", "string"],
    ]);
  });
});
