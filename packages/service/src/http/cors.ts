// SPDX-License-Identifier: Apache-2.0
import cors from "@fastify/cors";
import { EPOCH_HEADER, RECEIPT_HEADER } from "@zeta/protocol/http-api";
import type { FastifyRequest } from "fastify";
import { THREAD_HEADER } from "./answers.ts";
import type { App } from "./app-type.ts";

/** What answers say beside their bodies; a page reads no other headers than those that are named to its browser. */
const EXPOSED = [EPOCH_HEADER, RECEIPT_HEADER, THREAD_HEADER, "retry-after"];

/** How long a browser keeps the answer to a preflight: as long as it may take until an origin is no longer allowed. */
const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of these origins, or of all with `*`, read answers (WHATWG Fetch, CORS): event streams and problems too. Without cookies, which
 * the service has none of. What headers such a page sends is its own affair: those that mean something here it may send.
 */
export function allowOrigins(app: App, origins: ReadonlySet<string>): void {
  if (origins.size === 0) return;
  app.register(cors, {
    origin: origins.has("*") ? "*" : [...origins],
    methods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
}

/** Does a browser ask whether a page's request may be sent? Any other OPTIONS asks what there is at a path. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  const { origin, "access-control-request-method": wanted } = headers;
  return method === "OPTIONS" && origin !== undefined && wanted !== undefined;
}
