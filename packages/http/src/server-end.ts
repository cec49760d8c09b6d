// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * The end of a server, which answers what is under way. Node closes connections that are idle, and waits for all others; among those are the ones
 * on which nothing ever came, as clients open them ahead of need. To be made before the server listens.
 *
 * @example
 * const end = new ServerEnd(app.server);
 * await app.listen({ port });
 * await end.close(() => app.close(), 2000);
 */
export class ServerEnd {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #isClosing = false;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      if (this.#isClosing) {
        socket.destroy();
        return;
      }
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  /**
   * Ends it by `close`.
   *
   * @param deadlineMs after which connections are cut, whatever is under way on them.
   */
  async close(close: () => Promise<unknown>, deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy();
    const cut = setTimeout(() => this.#server.closeAllConnections(), deadlineMs);
    try {
      await close();
    } finally {
      clearTimeout(cut);
    }
  }
}
