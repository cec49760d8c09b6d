// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { ServerEnd } from "../src/server-end.ts";

/** Nothing of these tests takes as long: a server that waits for it never ends. */
const NEVER_MS = 2 ** 30;

async function listening(server: Server): Promise<{ end: ServerEnd; port: number }> {
  const end = new ServerEnd(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  return { end, port: (server.address() as AddressInfo).port };
}

/** A client's socket, and the server's end of it. */
async function connected(server: Server, port: number): Promise<[Socket, Socket]> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  const [heard] = await once(server, "connection");
  return [socket, heard];
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
}

describe("the end of a server", () => {
  test("does not wait for a connection on which nothing came", async () => {
    const server = createServer();
    const { end, port } = await listening(server);
    const [socket] = await connected(server, port);
    const hungUp = once(socket, "close");
    await end.close(() => closed(server), NEVER_MS);
    await hungUp;
  });

  test("answers a request of which a part has come", async () => {
    const server = createServer((_request, response) => response.end("done"));
    const { end, port } = await listening(server);
    const [socket, heard] = await connected(server, port);
    const answer = text(socket);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n");
    while (heard.bytesRead === 0) await setImmediate();
    const ended = end.close(() => closed(server), NEVER_MS);
    socket.write("connection: close\r\n\r\n");
    await ended;
    expect(await answer).toContain("done");
  });

  test("answers what is under way", async () => {
    const server = createServer();
    const { end, port } = await listening(server);
    const [socket] = await connected(server, port);
    const answer = text(socket);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const [, response] = await once(server, "request");
    const ended = end.close(() => closed(server), NEVER_MS);
    response.end("done");
    await ended;
    expect(await answer).toContain("done");
  });

  test("cuts what is still under way at the deadline", async () => {
    const server = createServer();
    const { end, port } = await listening(server);
    const [socket] = await connected(server, port);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(server, "request");
    const hungUp = once(socket, "close");
    await end.close(() => closed(server), 1);
    await hungUp;
  });
});
