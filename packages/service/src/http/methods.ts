// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import type { FastifyReply, FastifyRequest } from "fastify";
import { problemOf } from "../problem.ts";
import type { App } from "./app-type.ts";
import { sendProblem } from "./errors.ts";

/** Methods of each route by its pattern, such as `/v1/receipts/:id`. */
export type Routes = ReadonlyMap<string, ReadonlySet<string>>;

/** Learns every route that is registered on `app` from now on. */
export function collectRoutes(app: App): Routes {
  const routes = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = routes.get(url) ?? new Set(["OPTIONS"]);
    for (const one of [method].flat()) methods.add(one);
    routes.set(url, methods);
  });
  return routes;
}

/** Answers a request that no route takes: 405 with Allow where other methods are served, 204 to OPTIONS there, 404 elsewhere. */
export function answerUnmatched(
  routes: Routes,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const path = request.url.split("?", 1)[0] ?? "/";
  const methods = [...routes].find(([pattern]) => matches(pattern, path))?.[1];
  if (methods === undefined) {
    const detail = `expected a path of /openapi.json, got ${shown(request.originalUrl)}`;
    return sendProblem(reply, problemOf("unknown_path", detail));
  }
  const allow = [...methods].sort().join(", ");
  reply.header("allow", allow);
  if (request.method === "OPTIONS") return reply.code(204).send();
  const detail = `expected one of ${allow}, got ${request.method}`;
  return sendProblem(reply, problemOf("method_not_allowed", detail));
}

function matches(pattern: string, path: string): boolean {
  const [expected, got] = [pattern.split("/"), path.split("/")];
  return (
    expected.length === got.length &&
    expected.every((part, i) => part === got[i] || (part.startsWith(":") && got[i] !== ""))
  );
}
