// SPDX-License-Identifier: Apache-2.0
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AllowedHosts } from "@zeta/http/allowed-hosts";
import { originForm } from "@zeta/http/authority";
import { PROBLEM_TYPE } from "@zeta/http/problem-type";
import { shown } from "@zeta/http/shown";
import { ZetaError } from "@zeta/protocol/error";
import { PROBLEMS, type ProblemCode, problemOf } from "@zeta/tee-api/problem";
import type { Registry } from "prom-client";

export interface MetricsListener {
  /** E.g. `http://127.0.0.1:3314`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where metrics are served, and under which names beside `localhost` and addresses. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
  readonly allowHosts?: ReadonlySet<string>;
}

/** What is refused is read no further. */
const PROBLEM_HEADERS = { "content-type": PROBLEM_TYPE, connection: "close" };

type Refusal = readonly [code: ProblemCode, detail: string];

function hostRefusal(hosts: AllowedHosts, request: IncomingMessage): Refusal | null {
  const refused = hosts.refusal(request);
  if (refused === null) return null;
  const code = refused.kind === "malformed" ? "malformed_request" : "host_not_allowed";
  return [code, refused.detail];
}

function refusalOf({ method }: IncomingMessage, url: string): Refusal | null {
  if (url !== "/metrics" && url !== "/healthz") {
    return ["unknown_path", `expected /metrics or /healthz, got ${shown(url)}`];
  }
  return method === "GET" ? null : ["method_not_allowed", `expected GET, got ${method}`];
}

/**
 * Serves `/metrics` and `/healthz`.
 *
 * @throws ZetaError `address_in_use` or `listen_failed`.
 */
export function listenForMetrics(
  registry: Registry,
  { host, port, allowHosts = new Set() }: MetricsAddress,
): Promise<MetricsListener> {
  // A request without Host is refused by us: Node does it without a word.
  const server = http.createServer({ requireHostHeader: false });
  const hosts = new AllowedHosts(server, { names: allowHosts, setting: "metricsAllowHosts" });
  server.on("request", async (request: IncomingMessage, response: ServerResponse) => {
    const url = originForm(request.url ?? "");
    const refusal = hostRefusal(hosts, request) ?? refusalOf(request, url);
    if (refusal !== null) {
      const body = JSON.stringify(problemOf(...refusal));
      response.writeHead(PROBLEMS[refusal[0]][0], PROBLEM_HEADERS).end(body);
    } else if (url === "/healthz") {
      response.writeHead(200, { "content-type": "text/plain" }).end("ok");
    } else {
      response.writeHead(200, { "content-type": registry.contentType });
      response.end(await registry.metrics());
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        const message = `expected ${host}:${port} to be free for metrics, got it in use`;
        reject(new ZetaError("address_in_use", message));
      } else {
        const message = `expected to listen for metrics on ${host}:${port}, got: ${error.message}`;
        reject(new ZetaError("listen_failed", message, { cause: error }));
      }
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
