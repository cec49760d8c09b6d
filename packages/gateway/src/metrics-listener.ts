// SPDX-License-Identifier: Apache-2.0
import http from "node:http";
import type { AddressInfo } from "node:net";
import { ZetaError } from "@zeta/protocol/error";
import type { Registry } from "prom-client";

export interface MetricsListener {
  /** E.g. `http://127.0.0.1:3314`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` and `/healthz`.
 *
 * @throws ZetaError `address_in_use`.
 */
export function listenForMetrics(
  registry: Registry,
  host: string,
  port: number,
): Promise<MetricsListener> {
  const server = http.createServer(async (request, response) => {
    if (request.method !== "GET" || (request.url !== "/metrics" && request.url !== "/healthz")) {
      response.writeHead(404).end();
    } else if (request.url === "/healthz") {
      response.writeHead(200, { "content-type": "text/plain" }).end("ok");
    } else {
      response.writeHead(200, { "content-type": registry.contentType });
      response.end(await registry.metrics());
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      const message = `expected ${host}:${port} to be free for metrics, got it in use`;
      reject(isTaken ? new ZetaError("address_in_use", message) : error);
    });
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve({
        url: `http://${host}:${address.port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
