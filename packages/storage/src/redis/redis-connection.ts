// SPDX-License-Identifier: Apache-2.0
import { Redis } from "ioredis";
import { asStorageError, storageError } from "../storage-errors.ts";

/** A server that does not answer for so long counts as none. */
const CONNECT_MS_MAX = 10_000;

export type Reply = Buffer | number | null | readonly Reply[];

/**
 * One connection, for as long as the storage is open. It is never renewed: what was under way when it broke may have been done or not, and
 * who writes proves that he is still there by this connection being there.
 */
export class RedisConnection {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  static async open(url: string, place: string): Promise<RedisConnection> {
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_MS_MAX,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    // Whoever waits for an answer is told as well, but only that the connection is closed: why, the first error says.
    let reason: unknown;
    redis.on("error", (error) => {
      reason ??= error;
    });
    try {
      await redis.connect();
      return new RedisConnection(redis);
    } catch (error) {
      redis.disconnect();
      throw asStorageError("storage_unreachable", `a Redis at ${place}`, reason ?? error);
    }
  }

  /** Sends one command; texts in the answer are bytes. */
  async call(command: string, ...args: readonly (string | number | Uint8Array)[]): Promise<Reply> {
    const asBuffers = args.map((arg) =>
      arg instanceof Uint8Array ? Buffer.from(arg.buffer, arg.byteOffset, arg.length) : arg,
    );
    return (await this.#redis.callBuffer(command, ...asBuffers)) as Reply;
  }

  /** Runs a script on keys. */
  run(
    script: string,
    keys: readonly string[],
    ...args: readonly (string | number | Uint8Array)[]
  ): Promise<Reply> {
    return this.call("EVAL", script, keys.length, ...keys, ...args);
  }

  /** What INFO says in a section. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    const lines = asText(await this.call("INFO", section)).split("\r\n");
    return new Map(
      lines.flatMap((line): [string, string][] => {
        const colon = line.indexOf(":");
        return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
      }),
    );
  }

  close(): void {
    this.#redis.disconnect();
  }
}

export function asText(reply: Reply): string {
  return asBytes(reply).toString("utf8");
}

export function asBytes(reply: Reply): Buffer {
  if (Buffer.isBuffer(reply)) return reply;
  throw storageError("storage_damaged", `expected bytes, got ${describe(reply)}`);
}

export function asList(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw storageError("storage_damaged", `expected a list, got ${describe(reply)}`);
}

/** A count: Redis sends whole numbers as such, or as text where they are kept in a hash; null counts as 0. */
export function asCount(reply: Reply): number {
  const count = Number(Buffer.isBuffer(reply) ? reply.toString("latin1") : reply);
  if (!Array.isArray(reply) && Number.isSafeInteger(count) && count >= 0) return count;
  throw storageError("storage_damaged", `expected a count, got ${describe(reply)}`);
}

function describe(reply: Reply): string {
  return Array.isArray(reply) ? "a list" : String(reply).slice(0, 40);
}
