// SPDX-License-Identifier: Apache-2.0
/** The same commands to this service and to a real Redis: the same answers. */
import { Random } from "@zeta/monitor/test/support/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRealRedis, type RealRedis, startRealRedis } from "../support/real-redis.ts";
import { RawClient } from "../support/resp.ts";
import { startFront } from "../support/resp-front.ts";

type Command = readonly string[];

const words = (text: string): Command => text.split(" ");

/** What must be the same to the letter, errors included. */
const FIXED: Readonly<Record<string, readonly Command[]>> = {
  connection: [
    ...["PING", "PING x", "PING a b", "ECHO x", "ECHO", "SELECT 0", "SELECT 99", "SELECT x"],
    ...["AUTH x", "AUTH default x", "AUTH bob x", "AUTH a b c", "CLIENT GETNAME"],
    ...[
      "CLIENT SETNAME me",
      "CLIENT GETNAME",
      "CLIENT NOSUCH",
      "CLIENT ID x",
      "HELLO 1",
      "HELLO x",
    ],
    ...["HELLO 2 NOSUCH", "NOSUCH", "NOSUCH a b", "COMMAND INFO nosuch", "COMMAND NOSUCH"],
  ].map(words),
  strings: [
    ...["GET a", "SET a 1", "GET a", "GET", "GET a b", "SET a", "SET a 1 NX", "SET b 1 NX"],
    ...[
      "SET c 1 XX",
      "SET b 2 XX",
      "SET b 3 GET",
      "SET d 3 GET",
      "SET d 4 NX GET",
      "SET e 4 NX GET",
    ],
    ...["SET f 4 XX GET", "SET a 1 NX XX", "SET a 1 WHAT", "SET a 1 KEEPTTL", "set A 5", "GET A"],
    ...["SETNX a 2", "SETNX g 2", "GETSET g 3", "GETSET h 3", "GETDEL h", "GETDEL h", "STRLEN g"],
    ...[
      "STRLEN none",
      "APPEND g xyz",
      "APPEND i new",
      "GET g",
      "MSET a 1 b 2 a 3",
      "MGET a b none a",
    ],
    ...[
      "MSET a",
      "MSET a 1 b",
      "MGET",
      "DEL a none a",
      "UNLINK b",
      "DEL",
      "EXISTS a b g g",
      "TYPE g",
      "TYPE a",
      "TYPE",
      "TTL g",
      "TTL a",
      "PTTL g",
      "PTTL a",
      "EXISTS",
    ],
  ].map(words),
  "whole numbers": [
    ...["INCR n", "INCRBY n 41", "DECR n", "DECRBY n 100", "GET n", "SET n 9223372036854775806"],
    ...["INCR n", "INCR n", "DECRBY n -1", "DECRBY n -9223372036854775808", "INCRBY n 1.5"],
    ...["INCRBY n 9223372036854775808", "INCRBY n x", "INCRBY n", "SET s 01", "INCR s", "SET s -0"],
    ...["INCR s", "SET s +1", "INCR s", "SET s -9223372036854775808", "INCR s", "DECR s", "DECR s"],
  ].map(words),
  "parts of strings": [
    ...["SET a hello", "GETRANGE a 1 3", "GETRANGE a 0 -1", "GETRANGE a -3 -1", "GETRANGE a -1 -3"],
    ...[
      "GETRANGE a -100 1",
      "GETRANGE a 3 100",
      "GETRANGE a 5 9",
      "GETRANGE a 4 2",
      "SUBSTR a 0 1",
    ],
    ...[
      "GETRANGE none 0 -1",
      "GETRANGE a x 1",
      "GETRANGE a 0 1.5",
      "GETRANGE a 0",
      "GETRANGE a -9 -8",
    ],
    ...["GETRANGE a 9223372036854775807 9223372036854775807", "SETRANGE a 1 EYY", "GET a"],
    ...["GETRANGE a -9223372036854775808 9223372036854775807", "SETRANGE a 7 !", "GET a"],
    ...["SETRANGE b 3 x", "GET b", "SETRANGE c 0 hi", "GET c", "SETRANGE a -1 x", "SETRANGE a x y"],
    ...["SETRANGE a 1", "MSETNX p 1 q 2", "MSETNX q 3 r 4", "MGET p q r", "MSETNX p", "MSETNX"],
    ...["MSETNX s 1 s 2", "GET s", "TOUCH p q none p", "TOUCH", "PERSIST p", "PERSIST none"],
    ...["RENAME p t", "MGET p t", "RENAME none t", "RENAME t t", "GET t", "RENAME q t", "GET t"],
    ...["RENAMENX t s", "RENAMENX t u", "MGET t u", "RENAMENX none u", "RENAMENX u u", "RENAME a"],
  ].map(words),
  hashes: [
    ...["HSET h a 1 b 2", "HSET h a 3 c 4", "HGET h a", "HGET h none", "HGET none a", "HGETALL h"],
    ...["HMSET h d 5", "HMGET h a none d", "HMGET none a b", "HKEYS h", "HVALS h", "HLEN h"],
    ...["HLEN none", "HGETALL none", "HKEYS none", "HVALS none", "HEXISTS h a", "HEXISTS h none"],
    ...["HEXISTS none a", "HSTRLEN h a", "HSTRLEN h none", "HSETNX h a 9", "HSETNX h e 9"],
    ...["HINCRBY h a 4", "HINCRBY h n -7", "HGET h n", "HINCRBY h a x", "HINCRBY h a 1.5"],
    ...["HSET h t text", "HINCRBY h t 1", "HSET h m 9223372036854775807", "HINCRBY h m 1"],
    ...["HDEL h a none a", "HGETALL h", "HDEL none a", "TYPE h", "EXISTS h", "TTL h", "STRLEN h"],
    ...["HSET h a", "HSET h a 1 b", "HSET h", "HMSET h a", "HMSET h a 1 b", "HSETNX h a", "HGET h"],
    ...["HMGET h", "HGETALL h x", "HLEN", "HEXISTS h", "HDEL h", "HINCRBY h a", "HSTRLEN h"],
    ...["HSCAN h 0", "HSCAN h 0 MATCH [a-d]", "HSCAN h 0 COUNT 100", "HSCAN none 0", "HSCAN h"],
    ...[
      "HSCAN h x",
      "HSCAN h 0 COUNT 0",
      "HSCAN h 0 COUNT x",
      "HSCAN h 0 WHAT x",
      "HSCAN h 0 MATCH",
    ],
    ...["HSCAN none 0 WHAT x", "HSCAN none x", "SET s text", "HSCAN s 0", "HSCAN s 0 WHAT x"],
    ...["GET h", "SET h 1 GET", "SETNX h 1", "GETSET h 1", "GETDEL h", "APPEND h x", "INCR h"],
    ...["DECRBY h 2", "GETRANGE h 0 1", "SETRANGE h 0 x", "SETRANGE h 0", "MGET h s", "MSETNX h 1"],
    ...["HSET s a 1", "HGET s a", "HMGET s a", "HGETALL s", "HKEYS s", "HVALS s", "HLEN s"],
    ...["HEXISTS s a", "HSTRLEN s a", "HSETNX s a 1", "HDEL s a", "HINCRBY s a 1", "HMSET s a 1"],
    ...[
      "MULTI",
      "HSET h z 1",
      "HINCRBY h z 1",
      "HGET h z",
      "GET h",
      "HSET s a 1",
      "HLEN h",
      "EXEC",
    ],
    ...[
      "RENAME h g",
      "HGET g z",
      "MSET g 1",
      "GET g",
      "HSET only f 1",
      "HDEL only f",
      "EXISTS only",
    ],
    ...["WATCH w", "HSET w f 1", "MULTI", "HSET w f 2", "EXEC", "HGETALL w", "DEL w", "TYPE w"],
  ].map(words),
  "numbers with a fraction": [
    ...[
      "INCRBYFLOAT f 10.5",
      "INCRBYFLOAT f 0.1",
      "INCRBYFLOAT f -5",
      "INCRBYFLOAT f 5.0e3",
      "GET f",
    ],
    ...["INCRBYFLOAT f x", "INCRBYFLOAT f", "INCRBYFLOAT f inf", "INCRBYFLOAT f -INFINITY"],
    ...[
      "INCRBYFLOAT f nan",
      "INCRBYFLOAT f 1e5000",
      "INCRBYFLOAT f 1e-5000",
      "INCRBYFLOAT f 0e9999",
    ],
    ...[
      "INCRBYFLOAT f 0x10",
      "INCRBYFLOAT f 0x1.8p-3",
      "INCRBYFLOAT f -0X.FP+4",
      "INCRBYFLOAT f 0x",
    ],
    ...[
      "INCRBYFLOAT f .5",
      "INCRBYFLOAT f 5.",
      "INCRBYFLOAT f .",
      "INCRBYFLOAT f +1",
      "INCRBYFLOAT f 1e",
    ],
    ...["SET n 9223372036854775807", "INCRBYFLOAT n 1", "INCRBYFLOAT n 1", "INCRBYFLOAT n 0.25"],
    ...[
      "SET n 3.0e3",
      "INCRBYFLOAT n 200",
      "SET n inf",
      "INCRBYFLOAT n 1",
      "SET n x",
      "INCRBYFLOAT n 1",
    ],
    ...[
      "INCRBYFLOAT n inf",
      "SET z -0.0",
      "INCRBYFLOAT z 0",
      "INCRBYFLOAT z -1e-18",
      "INCRBYFLOAT z 1e-17",
    ],
    ...[
      "INCRBYFLOAT m 1e4932",
      "INCRBYFLOAT m 1.1e4932",
      "INCRBYFLOAT t 1e-4950",
      "INCRBYFLOAT t 3.6e-4951",
    ],
    ...[
      "INCRBYFLOAT t 1e-4951",
      "HINCRBYFLOAT h f 1.1",
      "HINCRBYFLOAT h f 2.2",
      "HINCRBYFLOAT h f x",
    ],
    ...[
      "HINCRBYFLOAT h f inf",
      "HINCRBYFLOAT h f nan",
      "HSET h t text i inf",
      "HINCRBYFLOAT h t 1",
    ],
    ...["HINCRBYFLOAT h i 1", "HINCRBYFLOAT h f", "HINCRBYFLOAT f i 1", "HINCRBYFLOAT f i x"],
    ...["INCRBYFLOAT h 1", "INCRBYFLOAT h x", "HGETALL h"],
  ].map(words),
  "copies and members": [
    ...[
      "SET a 1",
      "HSET h f 1",
      "COPY a b",
      "COPY a b",
      "COPY a b REPLACE",
      "COPY a a",
      "COPY none c",
    ],
    ...[
      "COPY a c DB 0",
      "COPY a c DB 99",
      "COPY a c DB x",
      "COPY a c WHAT",
      "COPY a c DB",
      "COPY a",
    ],
    ...["COPY h a REPLACE DB 0 REPLACE", "TYPE a", "COPY none none", "COPY h i", "HGETALL i"],
    ...[
      "GETEX b",
      "GETEX h",
      "GETEX b PERSIST",
      "GETEX b PERSIST PERSIST",
      "GETEX b WHAT",
      "GETEX none",
    ],
    ...["GETEX b KEEPTTL", "GETEX", "GETEX b NX", "EXPIRETIME b", "PEXPIRETIME none"],
    ...["HRANDFIELD h", "HRANDFIELD h 5", "HRANDFIELD h -3", "HRANDFIELD h 0", "HRANDFIELD h -0"],
    ...[
      "HRANDFIELD h 2 WITHVALUES",
      "HRANDFIELD h -2 WITHVALUES",
      "HRANDFIELD h 2 WHAT",
      "HRANDFIELD",
    ],
    ...[
      "HRANDFIELD h 2 WITHVALUES x",
      "HRANDFIELD h x",
      "HRANDFIELD h x WITHVALUES",
      "HRANDFIELD none",
    ],
    ...[
      "HRANDFIELD none 2",
      "HRANDFIELD none x",
      "HRANDFIELD b",
      "HRANDFIELD b 2",
      "HRANDFIELD b x",
    ],
    ...[
      "HRANDFIELD h -9223372036854775808",
      "HRANDFIELD h 9223372036854775807",
      "HRANDFIELD h 99999999",
    ],
    ...["HRANDFIELD h 9223372036854775807 WITHVALUES", "RANDOMKEY x", "DEL a h i c", "RANDOMKEY"],
    ...[
      "DEL b",
      "RANDOMKEY",
      "SET s 1",
      "SCAN 0 TYPE string",
      "SCAN 0 TYPE HASH",
      "SCAN 0 TYPE nosuch",
    ],
    ...["SCAN 0 TYPE", "SCAN 0 MATCH x TYPE string", "HSCAN h 0 TYPE string", "HSET h f 1"],
    ...["HSCAN h 0 TYPE string", "SCAN 0 TYPE hash COUNT 100"],
  ].map(words),
  "what clients ask first": [
    ...[
      "RESET",
      "RESET x",
      "CLIENT HELP x",
      "CLIENT NO-EVICT",
      "CLIENT NO-EVICT off",
      "CLIENT NO-EVICT x",
    ],
    ...["CLIENT NO-EVICT OFF x", "CLIENT TRACKING off", "CLIENT TRACKING", "CLIENT TRACKING x"],
    ...[
      "CLIENT TRACKINGINFO",
      "CLIENT GETREDIR",
      "CLIENT UNPAUSE",
      "CLIENT REPLY ON",
      "CLIENT REPLY x",
    ],
    ...["CLIENT REPLY", "CLIENT CACHING yes", "CLIENT LIST TYPE x", "CLIENT LIST TYPE master"],
    ...["CLIENT LIST ID x", "CLIENT LIST ID", "CLIENT LIST x", "CLIENT LIST TYPE normal x"],
    ...[
      "CONFIG",
      "CONFIG GET",
      "CONFIG GET maxmemory",
      "CONFIG GET nosuch",
      "CONFIG GET Maxmemory-polic?",
    ],
    ...["CONFIG GET save", "CONFIG GET appendonly", "CONFIG GET timeout", "CONFIG GET maxclients"],
    ...[
      "CONFIG SET databases 5",
      "CONFIG SET nosuch 5",
      "CONFIG SET databases 1 nosuch 5",
      "CONFIG SET port",
    ],
    ...["CONFIG SET databases 1 b", "CONFIG REWRITE", "CONFIG NOSUCH", "COMMAND GETKEYS get a"],
    ...[
      "COMMAND GETKEYS mset a 1 b 2",
      "COMMAND GETKEYS copy a b REPLACE",
      "COMMAND GETKEYS ping x",
    ],
    ...[
      "COMMAND GETKEYS nosuch x",
      "COMMAND GETKEYS get a b",
      "COMMAND GETKEYS get",
      "COMMAND COUNT x",
    ],
    ...[
      "MODULE LIST",
      "MODULE LIST x",
      "MODULE NOSUCH",
      "MODULE",
      "ROLE",
      "ROLE x",
      "ACL WHOAMI",
      "ACL",
    ],
    ...[
      "ACL NOSUCH",
      "CLUSTER INFO",
      "CLUSTER",
      "MEMORY USAGE none",
      "MEMORY USAGE",
      "MEMORY NOSUCH",
    ],
    ...[
      "SET a 1",
      "MEMORY USAGE a SAMPLES x",
      "MEMORY USAGE a SAMPLES -1",
      "MEMORY USAGE a SAMPLES",
    ],
    ...[
      "MEMORY USAGE a WHAT 1",
      "HSET h f 1",
      "OBJECT ENCODING h",
      "OBJECT ENCODING none",
      "OBJECT",
    ],
    ...[
      "OBJECT REFCOUNT h",
      "OBJECT ENCODING",
      "OBJECT NOSUCH",
      "OBJECT HELP x",
      "CLIENT SETNAME me",
    ],
    ...[
      "MULTI",
      "SET a 2",
      "RESET",
      "GET a",
      "EXEC",
      "CLIENT GETNAME",
      "WATCH a",
      "SET a 3",
      "RESET",
    ],
    ...["MULTI", "GET a", "EXEC"],
  ].map(words),
  listing: [
    ...["DBSIZE", "SET one 1", "DBSIZE", "KEYS o*", "KEYS x*", "KEYS o[m-p]e", "KEYS o[^m-p]e"],
    ...["KEYS", "SCAN 0", "SCAN 0 MATCH x*", "SCAN x", "SCAN 0 COUNT 0", "SCAN 0 COUNT x"],
    ...["SCAN 0 COUNT", "SCAN 0 WHAT x", "DEL one", "KEYS *", "DBSIZE"],
  ].map(words),
  transactions: [
    ...["EXEC", "DISCARD", "MULTI", "MULTI", "WATCH a", "SET a 1", "INCR a", "GET a", "EXEC"],
    ...["MULTI", "EXEC", "MULTI", "NOSUCH", "EXEC", "MULTI", "GET", "SET a 9", "EXEC", "GET a"],
    ...["MULTI", "SET a x", "INCR a", "APPEND a y", "EXEC", "MULTI", "DEL a", "DISCARD", "GET a"],
    ...[
      "WATCH a b",
      "SET a 5",
      "MULTI",
      "SET a 6",
      "EXEC",
      "GET a",
      "WATCH a",
      "UNWATCH",
      "SET a 7",
    ],
    ...[
      "MULTI",
      "INCR a",
      "PING",
      "ECHO x",
      "UNWATCH",
      "EXEC",
      "WATCH",
      "EXEC x",
      "MULTI",
      "WATCH",
    ],
    ...[
      "EXEC",
      "WATCH none",
      "MULTI",
      "SETNX none 1",
      "EXEC",
      "MULTI",
      "MSET p 1 q 2",
      "MGET p q r",
    ],
    ...["GETDEL p", "EXISTS p q", "TYPE q", "DEL p q", "TTL q", "EXEC"],
  ].map(words),
};

const KEYS = ["a", "b", "c", "long-key"];
const FIELDS = ["f", "g", "", "a-longer-field"];
const SHORT = ["0", "-3", "text", "9223372036854775807"];
const FLOATS = ["0.1", "-2.5", "1e300", "text", "3"];
const VALUES = ["0", "7", "-3", "text", "", "9223372036854775807", "v".repeat(300)];

/**
 * A random command over few keys, so that commands meet what others left. Not DBSIZE, which in a transaction tells what is so after it, and not WATCH, which
 * does not notice a value that is set once more (docs/redis.md).
 */
function randomCommand(random: Random): Command {
  const key = () => KEYS[random.below(KEYS.length)] as string;
  const value = () => VALUES[random.below(VALUES.length)] as string;
  const field = () => FIELDS[random.below(FIELDS.length)] as string;
  // Redis keeps fields in their order while all of a hash is short.
  const short = () => SHORT[random.below(SHORT.length)] as string;
  const float = () => FLOATS[random.below(FLOATS.length)] as string;
  const kinds: readonly (() => Command)[] = [
    () => ["GET", key()],
    () => ["SET", key(), value()],
    () => [
      "SET",
      key(),
      value(),
      ...(["NX", "XX", "GET", "KEEPTTL"][random.below(4)] ?? "").split(" "),
    ],
    () => ["SETNX", key(), value()],
    () => ["GETSET", key(), value()],
    () => ["GETDEL", key()],
    () => ["DEL", key(), key()],
    () => ["EXISTS", key(), key()],
    () => ["MGET", key(), key(), key()],
    () => ["MSET", key(), value(), key(), value()],
    () => ["STRLEN", key()],
    () => ["TYPE", key()],
    () => ["TTL", key()],
    () => ["APPEND", key(), value()],
    () => ["INCR", key()],
    () => ["DECRBY", key(), value()],
    () => ["GETRANGE", key(), value(), value()],
    () => ["SETRANGE", key(), String(random.below(9)), value()],
    () => ["MSETNX", key(), value(), key(), value()],
    () => ["RENAME", key(), key()],
    () => ["RENAMENX", key(), key()],
    () => ["HSET", key(), field(), short(), field(), short()],
    () => ["HSETNX", key(), field(), short()],
    () => ["HGET", key(), field()],
    () => ["HMGET", key(), field(), field()],
    () => ["HGETALL", key()],
    () => ["HDEL", key(), field(), field()],
    () => ["HINCRBY", key(), field(), value()],
    () => ["HSCAN", key(), "0"],
    () => ["INCRBYFLOAT", key(), float()],
    () => ["HINCRBYFLOAT", key(), field(), short()],
    () => ["COPY", key(), key(), ...(random.below(2) === 0 ? ["REPLACE"] : [])],
    () => ["GETEX", key()],
    () => ["HRANDFIELD", key(), "0"],
    () => ["MULTI"],
    () => ["EXEC"],
    () => ["DISCARD"],
  ];
  return (kinds[random.below(kinds.length)] ?? (() => ["PING"]))();
}

/** Texts of all sizes that C's strtold reads, some that it does not, and now and then one near a limit of the format. */
function randomFloat(random: Random): string {
  const digits = (most: number, base = "0123456789") =>
    Array.from({ length: random.below(most + 1) }, () => base[random.below(base.length)]).join("");
  const sign = () => ["", "-", "+"][random.below(3)] as string;
  const exponents = ["", "", "e1", "e-3", `e${random.below(40)}`, `e-${random.below(5000)}`];
  const exponent = [...exponents, `e${random.below(5000)}`][random.below(7)] as string;
  if (random.below(5) === 0) {
    const hexadecimal = "0123456789abcDEF";
    const power = ["", `p${random.below(16_500)}`, `p-${random.below(16_500)}`][random.below(3)];
    return `${sign()}0x${digits(20, hexadecimal)}.${digits(20, hexadecimal)}${power}`;
  }
  return `${sign()}${digits(30)}${["", ".", `.${digits(30)}`][random.below(3)]}${exponent}`;
}

describe.runIf(hasRealRedis)("beside a real Redis", () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await startRealRedis();
  });
  afterAll(() => redis.stop());

  async function both(): Promise<readonly [ours: RawClient, theirs: RawClient]> {
    const { client } = await startFront();
    const theirs = new RawClient(redis.port);
    await theirs.ask("FLUSHALL");
    return [client(), theirs];
  }

  test.each(Object.entries(FIXED))("%s", async (_name, commands) => {
    const [ours, theirs] = await both();
    for (const command of commands) {
      const [answer, expected] = await Promise.all([ours.ask(command), theirs.ask(command)]);
      expect({ command, answer }).toEqual({ command, answer: expected });
    }
    theirs.socket.destroy();
  });

  test.each([1, 2, 3, 4])("random commands, one by one and in pipelines, seed %i", async (seed) => {
    const random = new Random(seed);
    const [ours, theirs] = await both();
    for (let round = 0; round < 60; round++) {
      const commands = Array.from({ length: 1 + random.below(20) }, () => randomCommand(random));
      const [answers, expected] = await Promise.all([
        ours.pipeline(...commands),
        theirs.pipeline(...commands),
      ]);
      const pairs = commands.map((command, i) => ({ command, answer: answers[i] }));
      expect(pairs).toEqual(commands.map((command, i) => ({ command, answer: expected[i] })));
    }
    theirs.socket.destroy();
  });

  test.each([1, 2])("random numbers with a fraction, seed %i", async (seed) => {
    const random = new Random(seed);
    const [ours, theirs] = await both();
    for (let round = 0; round < 150; round++) {
      const commands = [
        ["SET", "f", randomFloat(random)],
        ["INCRBYFLOAT", "f", randomFloat(random)],
        ["INCRBYFLOAT", "f", randomFloat(random)],
        ["HINCRBYFLOAT", "h", "f", randomFloat(random)],
      ];
      const [answers, expected] = await Promise.all([
        ours.pipeline(...commands),
        theirs.pipeline(...commands),
      ]);
      expect({ commands, answers }).toEqual({ commands, answers: expected });
    }
    theirs.socket.destroy();
  });

  test("broken bytes are refused in the same words", async () => {
    for (const bytes of [
      "*x\r\n",
      "*1\r\n+x\r\n",
      "*1\r\n$x\r\n",
      'SET a "b\r\n',
      "*1\r\n$2000000000\r\n",
    ]) {
      const [ours, theirs] = await both();
      ours.socket.write(bytes);
      theirs.socket.write(bytes);
      expect({ bytes, answer: await ours.answer() }).toEqual({
        bytes,
        answer: await theirs.answer(),
      });
      await Promise.all([ours.closed, theirs.closed]);
    }
  });
});
