// SPDX-License-Identifier: Apache-2.0
import swagger from "@fastify/swagger";
import { originForm } from "@zeta/http/authority";
import { answerBareRequests, type BareProblems, clientErrorAnswers } from "@zeta/http/bare-answers";
import { shown } from "@zeta/http/shown";
import { ZetaError } from "@zeta/protocol/error";
import { JSON_BODY_BYTES_MAX } from "@zeta/tee-api/limits";
import { problemOf } from "@zeta/tee-api/problem";
import { ROUTES } from "@zeta/tee-api/routes";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { sql } from "kysely";
import { answerProblem } from "./answer-problem.ts";
import type { AppContext } from "./app-context.ts";
import { createGuard, type Guard } from "./guard.ts";
import { addLegacyProofs, LEGACY } from "./legacy-routes.ts";
import { addProverRoutes } from "./prover-routes.ts";
import { addOperatorRoutes, addReaderRoutes } from "./reader-routes.ts";

/** Time to receive a whole request: bodies are small, so a slow one is a hung or hostile peer. */
const REQUEST_MS_MAX = 15_000;

const BARE_PROBLEMS: BareProblems = {
  malformed: (detail) => problemOf("malformed_request", detail),
  methodNotAllowed: (detail) => problemOf("method_not_allowed", detail),
};

/** The prover API as a fastify application, not yet listening. */
export async function createProverApp(context: AppContext): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: JSON_BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    // What is under way is answered; what comes on an open connection meanwhile is refused by our own hook.
    forceCloseConnections: "idle",
    return503OnClosing: false,
    // A request without Host is refused by us: Node does it without a word.
    http: { requireHostHeader: false },
    clientErrorHandler: clientErrorAnswers(BARE_PROBLEMS),
    rewriteUrl: (request) => originForm(request.url ?? "/"),
    // Before any hook, and so before the guard of all other requests.
    frameworkErrors: (error, request, reply) => {
      const refusal = guard(request, reply) ?? error;
      answerProblem(context.prover, request, reply, refusal, "problem");
    },
  });
  const guard: Guard = createGuard(app.server, context.hosts);
  answerBareRequests(app.server, BARE_PROBLEMS);
  // Handlers check with the wire contract's own checkers; what is sent is what they built.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  app.removeContentTypeParser("text/plain");
  await addOpenApi(app);
  addErrorAnswers(app, context, guard);
  addMeasurements(app, context);
  addProverRoutes(app, context);
  addReaderRoutes(app, context);
  addOperatorRoutes(app, context);
  if (context.compat) addLegacyProofs(app, context);
  addHealth(app, context);
  return app;
}

async function addOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Zeta prover API", version: "1" },
      components: { securitySchemes: { operator: { type: "http", scheme: "bearer" } } },
    },
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

function addErrorAnswers(app: FastifyInstance, context: AppContext, guard: Guard): void {
  const formOf = (request: FastifyRequest) => (LEGACY in request ? "text" : "problem");
  app.setErrorHandler((error, request, reply) =>
    answerProblem(context.prover, request, reply, error, formOf(request)),
  );
  app.setNotFoundHandler((request, reply) =>
    answerProblem(context.prover, request, reply, unmatched(request, reply), formOf(request)),
  );
  app.addHook("onRequest", async (request, reply) => {
    const refusal = guard(request, reply);
    if (refusal !== null) throw refusal;
    if (context.stopping.aborted) throw new ZetaError("shutting_down", "the server is stopping");
    const { is404, method, headers } = request;
    if (!is404 && method === "POST" && headers["content-type"] === undefined) {
      throw new ZetaError("unsupported_media_type", "expected application/json, got no type");
    }
  });
}

/** Why no route takes a request; where others do, which methods they have goes into Allow. */
function unmatched({ originalUrl, method }: FastifyRequest, reply: FastifyReply): ZetaError {
  const allowed = allowedAt(originForm(originalUrl));
  if (allowed === undefined) {
    const message = `expected a path of /openapi.json, got ${shown(originalUrl)}`;
    return new ZetaError("unknown_path", message);
  }
  reply.header("allow", allowed);
  return new ZetaError("method_not_allowed", `expected ${allowed}, got ${method}`);
}

function addMeasurements(app: FastifyInstance, context: AppContext): void {
  app.addHook("onResponse", async (request, reply) => {
    const labels = { route: request.routeOptions.url ?? "none", status: String(reply.statusCode) };
    context.prover.metrics.requests.observe(labels, reply.elapsedTime / 1000);
  });
}

function addHealth(app: FastifyInstance, context: AppContext): void {
  const hidden = { schema: { hide: true } };
  app.get("/healthz", hidden, () => "ok");
  app.get("/readyz", hidden, async () => {
    await sql`SELECT 1`.execute(context.prover.db);
    return "ok";
  });
  app.get("/metrics", hidden, async (_request, reply) => {
    const { registry } = context.prover.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** What is served: the contract's routes, and what operators and their tools look at. */
const PATHS: readonly (readonly [path: RegExp, allow: string])[] = [
  ...Object.values(ROUTES).map(
    ({ path, method }) =>
      [
        new RegExp(`^${path.replace(":batch", "[^/]+")}$`),
        method === "GET" ? "GET, HEAD" : method,
      ] as const,
  ),
  [/^\/(healthz|readyz|metrics|openapi\.json)$/, "GET, HEAD"],
];

function allowedAt(url: string): string | undefined {
  const path = url.split("?")[0] ?? "";
  return PATHS.find(([pattern]) => pattern.test(path))?.[1];
}
