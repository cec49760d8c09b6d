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
    () => ["MULTI"],
    () => ["EXEC"],
    () => ["DISCARD"],
  ];
  return (kinds[random.below(kinds.length)] ?? (() => ["PING"]))();
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
