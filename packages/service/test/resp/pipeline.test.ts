// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { encodeKvArgument } from "@zeta/protocol/kv";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import { describe, expect, test } from "vitest";
import {
  COMMAND_BYTES_MAX,
  PIPELINE_COMMANDS_MAX,
  QUEUED_COMMANDS_MAX,
} from "../../src/resp/limits.ts";
import type { ServiceEngine } from "../../src/service-engine.ts";
import { type Answer, RespError } from "../support/resp.ts";
import { startFront } from "../support/resp-front.ts";

/** Keys and values of ten records that no other number has. */
function keysOf(i: number): string {
  return Array.from({ length: 10 }, (_, n) => `m${i}.${n} v`).join(" ");
}

describe("a pipeline", () => {
  test("of thousands of commands is answered in order", async () => {
    const { client } = await startFront();
    const numbers = Array.from({ length: 40 * PIPELINE_COMMANDS_MAX }, (_, i) => i);
    const answers = await client().pipeline(
      ...numbers.flatMap((i) => [`SET k${i % 7} ${i}`, `GET k${i % 7}`, `ECHO ${i}`]),
    );
    expect(answers).toEqual(numbers.flatMap((i) => ["OK", `${i}`, `${i}`]));
  });

  test("an error in it hinders no other command", async () => {
    const { client } = await startFront();
    const answers = await client().pipeline("SET a x", "INCR a", "NOSUCH", "GET", "GET a");
    expect(answers.map((answer) => (answer instanceof RespError ? "error" : answer))).toEqual([
      ...["OK", "error", "error", "error", "x"],
    ]);
  });

  test("commands that read and then write share a step", async () => {
    const { client } = await startFront();
    const one = client();
    const answers = await one.pipeline(
      ...["INCR a", "INCR a", "APPEND b xy", "HSET h f 1", "SETNX a 9", "INCR a", "ZETA.RECEIPT"],
    );
    expect(answers.slice(0, -1)).toEqual([1, 2, 2, 1, 0, 3]);
    // Three reads, and the one write of all of them.
    expect(answers.at(-1)).toHaveLength(4);
    expect(await one.ask("MGET a b")).toEqual(["3", "xy"]);
  });

  test("one of them that fails hinders no other", async () => {
    const { client, registry } = await startFront();
    const answers = await client().pipeline(
      ...["SET t text", "INCR a", "INCR t", "HSET t f 1", "INCR a", "MGET a t"],
    );
    const wrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
    expect(answers).toEqual([
      ...["OK", 1, new RespError("ERR value is not an integer or out of range")],
      ...[new RespError(wrongType), 2, ["2", "text"]],
    ]);
    expect(await registry.metrics()).toContain("zeta_resp_errors_total 2");
  });

  test("what is too much for one step is done in several", async () => {
    const { client } = await startFront();
    const one = client();
    const part = Buffer.alloc(400 << 10, "v");
    const keys = ["a", "b", "c", "d"];
    const appends = keys.map((key) => ["APPEND", key, part]);
    expect(await one.pipeline(...appends)).toEqual(keys.map(() => part.length));
    const many = Array.from({ length: 3 * PIPELINE_COMMANDS_MAX }, (_, i) => `INCR n${i}`);
    expect(await one.pipeline(...many)).toEqual(many.map(() => 1));
    const setnx = Array.from({ length: 20 }, (_, i) => `MSETNX ${keysOf(i)}`);
    expect(await one.pipeline(...setnx)).toEqual(setnx.map(() => 1));
  });

  test("in a store that is full, those for which there is room are done", async () => {
    const { client } = await startFront({ service: { recordsMax: 2 } });
    const answers = await client().pipeline("INCR a", "INCR b", "INCR c", "INCR a");
    expect(answers.slice(0, 2)).toEqual([1, 1]);
    expect(answers[2]).toMatchObject({ message: expect.stringMatching(/^OOM store_full/) });
    expect(answers[3]).toBe(2);
  });

  test("commands before broken bytes are answered, then the connection ends", async () => {
    const { client, registry } = await startFront();
    const one = client();
    one.socket.write("PING\r\n*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n");
    expect([await one.answer(), await one.answer()]).toEqual(["PONG", "PONG"]);
    expect(await one.answer()).toEqual(
      new RespError("ERR Protocol error: invalid multibulk length"),
    );
    await one.closed;
    expect(await registry.metrics()).toContain(
      'zeta_resp_connections_cut_total{reason="protocol_error"} 1',
    );
  });

  test("QUIT is the last that is answered", async () => {
    const { client } = await startFront();
    const one = client();
    expect(await one.pipeline("SET a 1", "QUIT", "SET a 2")).toEqual([
      ...["OK", "OK", new RespError("CLOSED")],
    ]);
    expect(await client().ask("GET a")).toBe("1");
  });

  const BODY = "\r\nSET a 1\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
  const HEAD = "Host: localhost:7379\r\nContent-Type: text/plain\r\nContent-Length: 42\r\n";
  // The head of a ClientHello, and what a foreign server had the browser repeat in it.
  const TLS = `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03${"\x07".repeat(40)}`;
  const OF_BROWSERS: readonly (readonly [what: string, bytes: string])[] = [
    ["a form", `POST / HTTP/1.1\r\n${HEAD}${BODY}`],
    ["a form in other letters", `pOsT / HTTP/1.1\r\n${BODY}`],
    ["a request of another kind", `PUT / HTTP/1.1\r\nhost: localhost\r\n${BODY}`],
    ["a question before one", `OPTIONS / HTTP/1.1\r\n${HEAD}${BODY}`],
    ["a WebSocket", `GET / HTTP/1.1\r\n${HEAD}Upgrade: websocket\r\n${BODY}`],
    ["a host without a space", `GET / HTTP/1.1\r\nHost:localhost\r\n${BODY}`],
    ["TLS", `${TLS}\r\nSET a 1\r\n`],
    ["TLS with an early line end", `\x16\x03\x01\n${BODY}`],
  ];

  test("what a browser sends ends the connection, and nothing behind it is done", async () => {
    const { client, registry } = await startFront();
    for (const [what, bytes] of OF_BROWSERS) {
      const [whole, parts] = [client(), client()];
      whole.socket.write(bytes, "latin1");
      await whole.closed;
      for (const byte of Buffer.from(bytes, "latin1")) parts.socket.write(Buffer.of(byte));
      await parts.closed;
      expect([what, await client().ask("EXISTS a")]).toEqual([what, 0]);
    }
    expect(await registry.metrics()).toContain(
      `zeta_resp_connections_cut_total{reason="protocol_error"} ${2 * OF_BROWSERS.length}`,
    );
  });
});

describe("connections that end in their own way", () => {
  test("a client that closed its side gets all answers", async () => {
    const { client } = await startFront();
    const one = client();
    one.send("SET a 1", "INCR a", "GET a");
    one.socket.end();
    expect([await one.answer(), await one.answer(), await one.answer()]).toEqual(["OK", 2, "2"]);
    await one.closed;
  });

  test("a client that vanishes hinders nobody", async () => {
    const { client } = await startFront();
    const [gone, other] = [client(), client()];
    gone.send(...Array.from({ length: 500 }, () => "INCR n"));
    await gone.answer();
    gone.socket.resetAndDestroy();
    expect(await other.ask("PING")).toBe("PONG");
    expect(await other.ask("INCR n")).toBeGreaterThan(1);
  });

  test("a client that does not read its answers is cut, and the others go on", async () => {
    const { client, registry } = await startFront({ unreadMsMax: 200 });
    const [slow, other] = [client(), client()];
    await other.ask(["SET", "big", Buffer.alloc(VALUE_BYTES_MAX)]);
    slow.socket.pause();
    slow.send(...Array.from({ length: 200 }, () => "GET big"));
    expect(await other.ask("PING")).toBe("PONG");
    while (!(await registry.metrics()).includes('{reason="unread"} 1')) await sleep(20);
    expect(await other.ask("STRLEN big")).toBe(VALUE_BYTES_MAX);
  });

  test("of many unread answers those of the slowest reader go first", async () => {
    const { client, registry } = await startFront({ unreadBytesMax: 24 << 20 });
    const [slow, slower, other] = [client(), client(), client()];
    await other.ask(["SET", "big", Buffer.alloc(VALUE_BYTES_MAX)]);
    for (const [one, count] of [
      [slow, 10],
      [slower, 40],
    ] as const) {
      one.socket.pause();
      one.send(...Array.from({ length: count }, () => "GET big"));
    }
    while (!(await registry.metrics()).includes('{reason="unread"} 1')) await sleep(20);
    slow.socket.resume();
    for (let i = 0; i < 10; i++) expect(await slow.answer()).toHaveLength(VALUE_BYTES_MAX);
    slower.socket.resume();
    await slower.closed;
  });

  test("one connection too many is told so", async () => {
    const { client } = await startFront({ connectionsMax: 2 });
    const [a, b] = [client(), client()];
    expect([await a.ask("PING"), await b.ask("PING")]).toEqual(["PONG", "PONG"]);
    expect(await client().answer()).toEqual(new RespError("ERR max number of clients reached"));
    await a.end();
    const late = client();
    expect(await late.ask("PING")).toBe("PONG");
  });

  test("close answers what was accepted, then ends connections", async () => {
    const { client, front } = await startFront();
    const one = client();
    one.send(...Array.from({ length: 300 }, () => "INCR n"));
    expect(await one.answer()).toBe(1);
    const closed = front.close(60_000);
    for (let i = 2; i <= 300; i++) expect(await one.answer()).toBe(i);
    await closed;
    await one.closed;
  });

  test("close does not wait for those who wait for a certificate", async () => {
    const { client, front } = await startFront();
    const one = client();
    one.send("SET a 1", "ZETA.WAIT");
    expect(await one.answer()).toBe("OK");
    const closed = front.close(60_000);
    expect(await one.answer()).toBeNull();
    await closed;
  });
});

describe("MULTI", () => {
  const QUEUED = "QUEUED";

  test.each<[string, readonly string[], readonly Answer[]]>([
    [
      "does all at once",
      ["SET a 1", "MULTI", "INCR a", "GET a", "SET b x", "MGET a b c", "EXEC", "GET b"],
      ["OK", "OK", QUEUED, QUEUED, QUEUED, QUEUED, [2, "2", "OK", ["2", "x", null]], "x"],
    ],
    [
      "goes on after a command that fails",
      ["MULTI", "SET a x", "INCR a", "SET a 1 EX 5", "APPEND a y", "EXEC"],
      [
        ...["OK", QUEUED, QUEUED, QUEUED, QUEUED],
        [
          "OK",
          new RespError("ERR value is not an integer or out of range"),
          new RespError(
            "ERR expiry is not supported: expected SET without EX, since no clock is certified",
          ),
          2,
        ],
      ],
    ],
    [
      "does nothing after a command that cannot be queued",
      ["MULTI", "SET a 1", "NOSUCH", "EXEC", "GET a"],
      [
        ...[
          "OK",
          QUEUED,
          new RespError("ERR unknown command 'NOSUCH', with args beginning with: "),
        ],
        new RespError("EXECABORT Transaction discarded because of previous errors."),
        null,
      ],
    ],
    [
      "forgets what is discarded",
      ["MULTI", "SET a 1", "DISCARD", "GET a", "DISCARD", "EXEC"],
      [
        ...["OK", QUEUED, "OK", null],
        new RespError("ERR DISCARD without MULTI"),
        new RespError("ERR EXEC without MULTI"),
      ],
    ],
    [
      "is not nested",
      ["MULTI", "MULTI", "WATCH a", "PING", "EXEC"],
      [
        "OK",
        new RespError("ERR MULTI calls can not be nested"),
        new RespError("ERR WATCH inside MULTI is not allowed"),
        ...[QUEUED, ["PONG"]],
      ],
    ],
    ["of nothing", ["MULTI", "EXEC"], ["OK", []]],
    [
      "has no waiting in it",
      ["MULTI", "ZETA.WAIT", "EXEC"],
      [
        ...["OK", new RespError("ERR Command not allowed inside a transaction")],
        new RespError("EXECABORT Transaction discarded because of previous errors."),
      ],
    ],
    [
      "writes and deletes in one step",
      ["SET a 1", "MULTI", "DEL a", "SETNX a 2", "GETDEL a", "EXISTS a", "DEL a", "EXEC", "GET a"],
      ["OK", "OK", ...Array.from({ length: 5 }, () => QUEUED), [1, 1, "2", 0, 0], null],
    ],
  ])("%s", async (_name, commands, answers) => {
    const { client } = await startFront();
    expect(await client().pipeline(...commands)).toEqual(answers);
  });

  test("WATCH: nothing is done if a watched value changed, by whomever", async () => {
    const { client } = await startFront();
    const [one, other] = [client(), client()];
    await one.ask("SET a 1");
    const attempt = async (meanwhile: () => Promise<unknown>) => {
      await one.ask("WATCH a b");
      await meanwhile();
      return (await one.pipeline("MULTI", "INCR a", "EXEC")).at(-1);
    };
    expect(await attempt(async () => {})).toEqual([2]);
    expect(await attempt(() => other.ask("SET a 5"))).toBeNull();
    expect(await attempt(() => other.ask("SET b 5"))).toBeNull();
    expect(await attempt(() => one.ask("DEL b"))).toBeNull();
    expect(await attempt(() => one.pipeline("UNWATCH", "SET b 6"))).toEqual([6]);
    await one.ask("WATCH a");
    await other.ask("SET a 9");
    expect(await one.pipeline("MULTI", "EXEC")).toEqual(["OK", null]);
    expect(await one.pipeline("MULTI", "GET a", "EXEC")).toEqual(["OK", QUEUED, ["9"]]);
  });

  test("of more records than one step can have is one clear error", async () => {
    const { client } = await startFront();
    const one = client();
    const sets = (count: number) => Array.from({ length: count }, (_, i) => `SET k${i} v`);
    expect((await one.pipeline("MULTI", ...sets(128), "EXEC")).at(-1)).toHaveLength(128);
    expect((await one.pipeline("MULTI", ...sets(129), "EXEC")).at(-1)).toEqual(
      new RespError("ERR transaction_too_large: expected at most 128 records in one step, got 129"),
    );
    const value = Buffer.alloc(VALUE_BYTES_MAX / 2, "v");
    const large = ["a", "b", "c"].map((key) => ["SET", key, value]);
    const refused = (await one.pipeline("MULTI", ...large, "EXEC")).at(-1);
    expect((refused as RespError).message).toMatch(/^ERR transaction_too_large: .* bytes/);
    expect(await one.ask("EXISTS a b c")).toBe(0);
  });

  test("queues so many commands and no more", async () => {
    const { client } = await startFront();
    const one = client();
    const gets = Array.from({ length: QUEUED_COMMANDS_MAX }, () => "GET a");
    expect((await one.pipeline("MULTI", ...gets, "EXEC")).at(-1)).toHaveLength(gets.length);
    const answers = await one.pipeline("MULTI", ...gets, "GET a", "EXEC");
    expect(answers.at(-2)).toEqual(
      new RespError(
        `ERR expected at most ${QUEUED_COMMANDS_MAX} commands and ${COMMAND_BYTES_MAX} bytes in a transaction, got more`,
      ),
    );
    expect((answers.at(-1) as RespError).message).toMatch(/^EXECABORT/);
  });
});

describe("many at once", () => {
  test("increments from eight connections sum up exactly, alone and in transactions", async () => {
    const { client } = await startFront();
    const clients = Array.from({ length: 8 }, () => client());
    await Promise.all(
      clients.map(async (one, i) => {
        for (let round = 0; round < 20; round++) {
          if (i % 2 === 0) await one.pipeline("INCR n", "INCRBY m 2");
          else await one.pipeline("MULTI", "INCR n", "INCRBY m 2", "EXEC");
        }
      }),
    );
    expect(await client().ask("MGET n m")).toEqual(["160", "320"]);
  });

  test("a record that somebody else changes each time is a coded error", async () => {
    const { client, service } = await startFront();
    const { engine } = service;
    const key = Buffer.from("n");
    const meddled: ServiceEngine = {
      ...pick(engine),
      async execute(calls) {
        const answers = await engine.execute(calls);
        const value = Buffer.from(`${calls.length + Number(answers[0]?.result[1] ?? 0)}`);
        const argument = encodeKvArgument({ operation: "put", key, value });
        await engine.execute([{ function: 1, argument, requestId: null }]);
        return answers;
      },
    };
    expect(await client().ask("INCR n")).toBe(1);
    const other = await startFront({ engine: meddled });
    const answer = await other.client().ask("INCR n");
    expect((answer as RespError).message).toMatch(
      /^CONFLICT expected records that stay as they were read, got others in each of 16 tries/,
    );
  });
});

/** An engine as an object whose members can be replaced. */
function pick(engine: ServiceEngine): ServiceEngine {
  return {
    serviceId: engine.serviceId,
    instance: engine.instance,
    events: engine.events,
    clock: engine.clock,
    refusal: engine.refusal,
    execute: (calls) => engine.execute(calls),
    executeEach: (calls) => engine.executeEach(calls),
    closeEpoch: () => engine.closeEpoch(),
    receipt: (id) => engine.receipt(id),
    close: (deadlineMs) => engine.close(deadlineMs),
  };
}
