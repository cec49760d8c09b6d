// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** How hard a server is asked. */
export interface RedisLoad {
  readonly port: number;
  readonly connections: number;
  /** Commands that a connection has under way. */
  readonly pipeline: number;
  /** Over all connections, half of them SET and half GET. */
  readonly operations: number;
  /** Keys, drawn evenly; each gets a value first if `isLoading`. */
  readonly keys: number;
  readonly isLoading: boolean;
}

const VALUE_BYTES = 100;
const VALUE = "v".repeat(VALUE_BYTES);
/** `+OK` and `$100 …`, as every server says them. */
const SET_ANSWER_BYTES = 5;
const GET_ANSWER_BYTES = 6 + VALUE_BYTES + 2;
const ERROR_MARK = 0x2d;

/** Pipelines made beforehand, so that the client has little to do but send them. */
const PREPARED = 64;

interface Request {
  readonly bytes: Buffer;
  readonly answerBytes: number;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

function keyName(key: number): string {
  return `key:${String(key).padStart(12, "0")}`;
}

function setOf(key: number): string {
  return `*3\r\n${bulk("SET")}${bulk(keyName(key))}${bulk(VALUE)}`;
}

/** A linear congruential generator (Numerical Recipes): every run asks the same. */
function draws(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function prepare({ pipeline, keys }: RedisLoad, seed: number): Request[] {
  const draw = draws(seed);
  return Array.from({ length: PREPARED }, (_, at) => {
    let text = "";
    let answerBytes = 0;
    for (let i = 0; i < pipeline; i++) {
      const isSet = (at + i) % 2 === 0;
      const key = draw(keys);
      text += isSet ? setOf(key) : `*2\r\n${bulk("GET")}${bulk(keyName(key))}`;
      answerBytes += isSet ? SET_ANSWER_BYTES : GET_ANSWER_BYTES;
    }
    return { bytes: Buffer.from(text), answerBytes };
  });
}

/** Sends one request after the other on a connection, each when the one before is answered. */
async function converse(socket: Socket, requests: Iterable<Request>): Promise<void> {
  const all = requests[Symbol.iterator]();
  let missing = 0;
  await new Promise<void>((resolve, reject) => {
    const next = (): void => {
      const request = all.next();
      if (request.done === true) resolve();
      else {
        missing = request.value.answerBytes;
        socket.write(request.value.bytes);
      }
    };
    socket.on("data", (chunk) => {
      missing -= chunk.length;
      if (missing < 0 || chunk[0] === ERROR_MARK) {
        reject(new Error(`expected values only, got ${chunk.toString("latin1", 0, 80)}`));
      } else if (missing === 0) next();
    });
    socket.on("close", () => reject(new Error("expected answers, got the end of a connection")));
    next();
  });
  socket.removeAllListeners();
}

function* loading({ keys }: RedisLoad, first: number, step: number): Generator<Request> {
  for (let key = first; key < keys; key += step) {
    yield { bytes: Buffer.from(setOf(key)), answerBytes: SET_ANSWER_BYTES };
  }
}

function* asking(load: RedisLoad, connection: number): Generator<Request> {
  const requests = prepare(load, connection + 1);
  const rounds = Math.ceil(load.operations / load.connections / load.pipeline);
  for (let round = 0; round < rounds; round++) yield requests[round % PREPARED] as Request;
}

/** Puts the load on a server and returns how many operations it answered in a second. */
export async function runRedisLoad(load: RedisLoad): Promise<number> {
  const sockets = Array.from({ length: load.connections }, () =>
    connect({ port: load.port, host: "127.0.0.1", noDelay: true }),
  );
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const { connections, pipeline } = load;
  try {
    if (load.isLoading) {
      await Promise.all(sockets.map((one, i) => converse(one, loading(load, i, connections))));
    }
    const start = performance.now();
    await Promise.all(sockets.map((one, i) => converse(one, asking(load, i))));
    const rounds = Math.ceil(load.operations / connections / pipeline);
    return (1000 * rounds * connections * pipeline) / (performance.now() - start);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
