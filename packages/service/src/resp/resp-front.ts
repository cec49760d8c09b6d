// SPDX-License-Identifier: Apache-2.0

import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import type { KeyCatalogue } from "../key-catalogue.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { AtomicRunner } from "./atomic-runner.ts";
import type { RespContext } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { CONNECTIONS_MAX, UNREAD_BYTES_MAX, UNREAD_MS_MAX } from "./limits.ts";
import type { RespMetrics } from "./metrics.ts";
import { RequestIds } from "./request-ids.ts";
import { RespConnection } from "./resp-connection.ts";
import { Session } from "./session.ts";
import { UnreadAnswers } from "./unread-answers.ts";

export interface RespFrontOptions {
  readonly engine: ServiceEngine;
  readonly catalogue: KeyCatalogue;
  readonly metrics: RespMetrics;
  readonly logger: Logger;
  /** Are the data kept when the process ends? Default false. */
  readonly isDurable?: boolean;
  /** Default {@link CONNECTIONS_MAX}, {@link UNREAD_BYTES_MAX} and {@link UNREAD_MS_MAX}. */
  readonly connectionsMax?: number;
  readonly unreadBytesMax?: number;
  readonly unreadMsMax?: number;
}

/** The release whose answers are imitated: the differential test compares them with a server of it. */
const REDIS_VERSION = "7.0.15";

/**
 * The Redis front of an engine: what ordinary Redis clients ask becomes calls of the key-value service, each with a receipt.
 *
 * @example
 * const front = new RespFront({ engine, catalogue, metrics, logger });
 * const port = await front.listen("127.0.0.1", 7379);
 * await front.close();
 */
export class RespFront {
  readonly #options: RespFrontOptions;
  readonly #server: Server;
  readonly #context: RespContext;
  readonly #ids = new RequestIds();
  readonly #unread: UnreadAnswers;
  readonly #connections = new Set<RespConnection>();
  #nextId = 1;
  #port = 0;

  constructor(options: RespFrontOptions) {
    const { engine, catalogue, metrics } = options;
    this.#options = options;
    this.#unread = new UnreadAnswers(options.unreadBytesMax ?? UNREAD_BYTES_MAX);
    this.#context = {
      ...{ engine, catalogue, metrics },
      runner: new AtomicRunner(engine, this.#ids),
      commands: COMMANDS,
      redisVersion: REDIS_VERSION,
      isDurable: options.isDurable ?? false,
      connectionsMax: options.connectionsMax ?? CONNECTIONS_MAX,
      sessions: () => [...this.#connections].map(({ session }) => session),
      port: () => this.#port,
    };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /**
   * @returns The port, where 0 let the system choose.
   * @throws what the socket says, with its `code`.
   */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (err) => this.#options.logger.error({ err }, "cannot accept"));
        const address = this.#server.address();
        this.#port = typeof address === "object" && address !== null ? address.port : port;
        resolve(this.#port);
      });
    });
  }

  /** Takes no more commands, answers those it has, and ends all connections, those whose answers are not read by force after `deadlineMs`. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) {
      connection.stopWaiting();
      connection.finish();
    }
    const cut = () => {
      for (const connection of this.#connections) connection.cut();
    };
    const cancelCut = this.#options.engine.clock.after(deadlineMs, cut);
    await closed;
    cancelCut();
  }

  #accept(socket: Socket): void {
    const { metrics, unreadMsMax = UNREAD_MS_MAX } = this.#options;
    if (this.#connections.size >= this.#context.connectionsMax) {
      metrics.cut("too_many");
      socket.on("error", () => socket.destroy());
      socket.end("-ERR max number of clients reached\r\n", () => socket.destroy());
      return;
    }
    const connection = new RespConnection({
      socket,
      session: new Session(this.#nextId++, `${socket.remoteAddress}:${socket.remotePort}`),
      ...{ context: this.#context, ids: this.#ids, unread: this.#unread, unreadMsMax },
      broken: (err) => this.#options.logger.error({ err }, "a Redis command failed"),
    });
    this.#connections.add(connection);
    metrics.opened();
    socket.once("close", () => {
      this.#connections.delete(connection);
      metrics.closed();
    });
  }
}
