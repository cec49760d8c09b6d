// SPDX-License-Identifier: Apache-2.0
import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { originForm } from "@zeta/http/authority";
import { answerBareRequests, type BareProblems, clientErrorAnswers } from "@zeta/http/bare-answers";
import Fastify, { type FastifyBaseLogger, type FastifyRequest, LogController } from "fastify";
import type { AppService } from "../app-service.ts";
import { JSON_BYTES_MAX } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { problemOf, refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import type { App } from "./app-type.ts";
import { attackRoutes } from "./attacks.ts";
import { attestationRoutes } from "./attestation.ts";
import { allowOrigins, isPreflight } from "./cors.ts";
import { epochRoutes } from "./epochs.ts";
import { answerError, sendProblem } from "./errors.ts";
import { type Access, createGuard, type Guard } from "./guard.ts";
import { healthRoutes } from "./health.ts";
import { parseJson } from "./json.ts";
import { kvRoutes, rewriteKvUrl } from "./kv.ts";
import { lineageRoutes } from "./lineage.ts";
import { answerUnmatched, collectRoutes, type Routes } from "./methods.ts";
import { metricsRoutes } from "./metrics.ts";
import { openApiDocument } from "./open-api.ts";
import { opsRoutes } from "./ops.ts";
import { pageRoutes } from "./page.ts";
import { receiptRoutes } from "./receipts.ts";
import { serviceOpsRoutes, serviceRoutes } from "./service-ops.ts";

export interface HttpOptions {
  readonly metrics: Metrics;
  /** Serve `POST /v1/attacks/{name}`: the service then lies on demand. */
  readonly allowAttacks: boolean;
  /** The service in TypeScript that runs instead of the key-value service. */
  readonly service?: AppService;
  readonly logger?: FastifyBaseLogger;
  /** Directory of a built web page, served at `/`. */
  readonly page?: string;
  /** Default: no names, no origins. */
  readonly access?: Access;
}

const NOBODY_ELSE: Access = { hosts: new Set(), origins: new Set() };

/** Time to receive a whole request. A client slower than this holds a socket for nothing. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Request line and headers: a key of 4096 bytes takes 12 KiB percent-encoded, more than half of Node's default. */
const HEADER_BYTES_MAX = 32_768;

const BARE_PROBLEMS: BareProblems = {
  malformed: (detail) => problemOf("invalid_request", detail),
  methodNotAllowed: (detail) => problemOf("method_not_allowed", detail),
};

/**
 * The HTTP front of an engine, without a port.
 *
 * @example
 * const app = createHttpApp(engine, { metrics, allowAttacks: false });
 * const { statusCode } = await app.inject({ method: "GET", url: "/healthz" });
 */
export function createHttpApp(engine: ServiceEngine, options: HttpOptions): App {
  const { access = NOBODY_ELSE } = options;
  const app: App = Fastify({
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: JSON_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A request without Host is refused by us: Node does it without a word.
    http: { maxHeaderSize: HEADER_BYTES_MAX, requireHostHeader: false },
    // At the end open requests are still answered, by us: calls with `shutting_down`, evidence as ever.
    forceCloseConnections: "idle",
    return503OnClosing: false,
    rewriteUrl: (request) => rewriteKvUrl(originForm(request.url ?? "/")),
    // Before any hook, and so before the guard of all other requests.
    frameworkErrors: (error, request, reply) =>
      answerError(guard(request, reply) ?? error, request, reply),
    clientErrorHandler: clientErrorAnswers(BARE_PROBLEMS),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
  }).withTypeProvider<TypeBoxTypeProvider>() as App;
  const guard: Guard = createGuard(app.server, access);
  answerBareRequests(app.server, BARE_PROBLEMS);
  const routes = collectRoutes(app);
  app.setErrorHandler(answerError);
  // Only for a file of the page that went away after the start: paths without a route never get here.
  app.setNotFoundHandler((_request, reply) => {
    sendProblem(
      reply,
      problemOf("unknown_path", "expected a file of the page, got one that is gone"),
    );
  });
  beforeRoutes(app, { guard, routes, origins: access.origins });
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unmatched";
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    options.metrics.http.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, parseJson);
  app.register(swagger, { openapi: openApiDocument(options.service?.program.manifest) });
  app.register(async (scope) => registerRoutes(scope as App, engine, options));
  return app;
}

interface BeforeRoutes {
  readonly guard: Guard;
  readonly routes: Routes;
  readonly origins: Access["origins"];
}

/** What every request passes, in this order: the guard, CORS, and what is answered for all routes alike, where listed origins can read it. */
function beforeRoutes(app: App, { guard, routes, origins }: BeforeRoutes): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store");
    const refusal = guard(request, reply);
    if (refusal !== null) throw refusal;
    // Where origins are allowed every path has OPTIONS: for preflights.
    if (request.method === "OPTIONS" && !isPreflight(request)) {
      return answerUnmatched(routes, request, reply);
    }
  });
  allowOrigins(app, origins);
  app.after(() => {
    app.addHook("onRequest", async (request, reply) => {
      if (request.is404) return answerUnmatched(routes, request, reply);
      // A page may send a request without a type, and without a body, unasked; not one with this type.
      if (lacksType(request)) {
        refuse("unsupported_media_type", "expected the content type application/json, got none");
      }
    });
  });
}

function lacksType({ method, headers }: FastifyRequest): boolean {
  return method === "POST" && headers["content-type"] === undefined;
}

function registerRoutes(app: App, engine: ServiceEngine, options: HttpOptions): void {
  if (options.service === undefined) {
    app.register(async (scope) => kvRoutes(scope as App, engine));
    opsRoutes(app, engine);
  } else {
    serviceOpsRoutes(app, engine, options.service);
    serviceRoutes(app, engine, options.service);
  }
  epochRoutes(app, engine);
  receiptRoutes(app, engine);
  attestationRoutes(app, engine);
  lineageRoutes(app, engine);
  healthRoutes(app, engine);
  metricsRoutes(app, engine, options.metrics);
  attackRoutes(app, engine, options.allowAttacks);
  if (options.page !== undefined) pageRoutes(app, options.page);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}
