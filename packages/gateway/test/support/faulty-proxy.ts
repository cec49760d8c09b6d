// SPDX-License-Identifier: Apache-2.0
/** A reverse proxy that misbehaves: what networks, load balancers and overloaded servers do to requests. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface FaultyProxy {
  readonly url: string;
  /** From now on nothing passes, as if the gateway's machine had lost its power. */
  cut(): void;
  close(): void;
  readonly faults: Map<string, number>;
}

/** Fault by name, with the share of requests it hits. */
const FAULTS: readonly [name: string, share: number][] = [
  ["status 500", 0.02],
  ["status 502", 0.02],
  ["status 503", 0.02],
  ["status 504", 0.02],
  ["status 429", 0.02],
  ["slow", 0.04],
  ["hang", 0.01],
  ["answer lost", 0.03],
  ["twice", 0.03],
  ["late", 0.01],
];

export async function startFaultyProxy(
  upstream: string,
  random: () => number,
  lateMs: number,
): Promise<FaultyProxy> {
  const agent = new http.Agent({ keepAlive: true });
  const faults = new Map<string, number>();
  let isCut = false;
  const server = http.createServer(async (request, response) => {
    request.on("error", () => {});
    response.on("error", () => {});
    try {
      const body = await buffer(request);
      const fault = draw(random);
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
      const send = () => forward(agent, upstream, request, body);
      if (fault.startsWith("status")) {
        const status = Number(fault.slice(7));
        response.writeHead(status, status === 429 ? { "retry-after": "0" } : {}).end("trouble");
        return;
      }
      if (fault === "hang") return;
      if (fault === "slow") await pause(100 + 200 * random());
      // Later than the lease, and nobody is listening for the answer any more.
      if (fault === "late") await pause(lateMs);
      if (isCut) return;
      const answer = await send();
      if (fault === "twice") await send();
      if (isCut || fault === "answer lost") {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    cut() {
      isCut = true;
      server.closeAllConnections();
      server.close();
    },
    close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

function draw(random: () => number): string {
  let left = random();
  for (const [name, share] of FAULTS) {
    left -= share;
    if (left < 0) return name;
  }
  return "none";
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Forwarded {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function forward(
  agent: http.Agent,
  upstream: string,
  request: http.IncomingMessage,
  body: Buffer,
): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { method = "GET", url = "/", headers } = request;
    const { host: _host, connection: _connection, ...rest } = headers;
    const outgoing = http.request(new URL(url, upstream), { method, headers: rest, agent });
    outgoing.once("error", reject);
    outgoing.once("response", async (incoming) => {
      try {
        const kept: Record<string, string> = {};
        for (const name of ["content-type", "retry-after"]) {
          const value = incoming.headers[name];
          if (typeof value === "string") kept[name] = value;
        }
        const answer = await buffer(incoming);
        resolve({ status: incoming.statusCode ?? 0, headers: kept, body: answer });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.end(body);
  });
}
