// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { originForm } from "@zeta/http/authority";
import { shown } from "@zeta/http/shown";
import { ZetaError } from "@zeta/protocol/error";
import { REQUEST_ID_HEADER } from "@zeta/protocol/http-api";
import {
  decodeKvResult,
  encodeKvArgument,
  type KvOperation,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { type EngineCall, type Executed, isRequestId } from "../engine-call.ts";
import { problemOf, refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import {
  AnswerHeaders,
  only,
  type PlainAnswer,
  plainResponses,
  setAnswerHeaders,
} from "./answers.ts";
import type { App } from "./app-type.ts";
import { answerError, sendProblem } from "./errors.ts";
import { keyOfSegment } from "./kv-key.ts";

const PREFIX = "/v1/kv/";
const ROUTE = "/v1/kv/:key";

/**
 * The router decodes paths as UTF-8 and refuses other bytes, but keys are any bytes. So it sees a stand-in, and the key is read from
 * `request.originalUrl`. A further slash stays: such a path has no route.
 */
export function rewriteKvUrl(url: string): string {
  if (!url.startsWith(PREFIX)) return url;
  const segment = segmentOf(url);
  return segment === "" || segment.includes("/") ? "/v1/no-such-key-path" : `${PREFIX}key`;
}

/** Without a query; the path begins with `PREFIX`. */
function segmentOf(url: string): string {
  return url.slice(PREFIX.length).split("?", 1)[0] ?? "";
}

const Headers = Type.Object({
  [REQUEST_ID_HEADER]: Type.Optional(
    Type.String({ description: "16 random bytes as 32 lower-case hex digits" }),
  ),
});

const Params = Type.Object({
  key: Type.String({ description: "percent-encoded bytes, at most 4096" }),
});

const BYTES = "application/octet-stream";
const Value = Type.String({ format: "binary", description: "any bytes, at most 1 MiB" });

/** Documentation: a value is bytes of whatever media type, taken as they are. */
const documented = (
  summary: string,
  answers: Readonly<Record<number, PlainAnswer>>,
  body: object = {},
) => ({
  schema: { summary, headers: Headers, params: Params, response: plainResponses(answers), ...body },
  bodyLimit: VALUE_BYTES_MAX,
});

const done = (description: string): PlainAnswer => ({ description, headers: AnswerHeaders });

const STORED = {
  201: done("stored; the key was absent"),
  204: done("stored; the key had a value"),
};
const PUT = {
  ...documented("Store a value; the body is the value", STORED, { consumes: [BYTES], body: Value }),
  validatorCompiler: () => () => true,
};
const GET = documented("Read a value", {
  200: { ...done("the value"), type: BYTES, schema: Value },
});
const DELETE = documented("Delete a value", { 204: done("deleted") });

/** `PUT`, `GET` and `DELETE /v1/kv/{key}`. An absence is an answer too: it has a receipt like any other. */
export function kvRoutes(app: App, engine: ServiceEngine): void {
  app.removeAllContentTypeParsers();
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(tooLarge(error, request) ?? error, request, reply),
  );
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: VALUE_BYTES_MAX },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.put(ROUTE, PUT, async (request, reply) => {
    const value = (request.body as Buffer | undefined) ?? new Uint8Array(0);
    const answer = await run(engine, { operation: "put", key: keyOf(request), value }, request);
    setAnswerHeaders(reply, answer);
    return reply.code(existed("put", answer) ? 204 : 201).send();
  });
  app.get(ROUTE, GET, async (request, reply) => {
    const answer = await run(engine, { operation: "get", key: keyOf(request) }, request);
    setAnswerHeaders(reply, answer);
    const result = decodeKvResult("get", answer.result);
    if (!("value" in result) || result.value === null) return absent(reply);
    return reply.type("application/octet-stream").send(Buffer.from(result.value));
  });
  app.delete(ROUTE, DELETE, async (request, reply) => {
    const answer = await run(engine, { operation: "delete", key: keyOf(request) }, request);
    setAnswerHeaders(reply, answer);
    return existed("delete", answer) ? reply.code(204).send() : absent(reply);
  });
}

/** Here a body that is too large is a value that is too large. */
function tooLarge(error: FastifyError, { headers }: FastifyRequest): ZetaError | null {
  if (error.code !== "FST_ERR_CTP_BODY_TOO_LARGE") return null;
  const got = headers["content-length"] ?? "more";
  const message = `expected a value of at most ${VALUE_BYTES_MAX} bytes, got ${got}`;
  return new ZetaError("value_too_large", message);
}

function keyOf(request: FastifyRequest): Uint8Array {
  const url = originForm(request.originalUrl);
  // The router reads `/%76%31/kv/a` as `/v1/kv/a`; which of its characters are of the key is nobody's guess.
  if (!url.startsWith(PREFIX)) {
    refuse("unknown_path", `expected ${PREFIX} not percent-encoded, got ${shown(url)}`);
  }
  return keyOfSegment(segmentOf(url));
}

async function run(
  engine: ServiceEngine,
  operation: KvOperation,
  request: FastifyRequest,
): Promise<Executed> {
  const call: EngineCall = {
    function: kvFunctionNumber(operation.operation),
    argument: encodeKvArgument(operation),
    requestId: requestIdOf(request),
  };
  return only(await engine.execute([call]));
}

/** The client's id; without one the service draws it, which protects the client from nothing. */
function requestIdOf(request: FastifyRequest): string {
  const given = request.headers[REQUEST_ID_HEADER];
  if (given === undefined) return randomBytes(16).toString("hex");
  if (typeof given === "string" && isRequestId(given)) return given;
  refuse(
    "invalid_request",
    `expected 32 lower-case hex digits in ${REQUEST_ID_HEADER}, got ${shown(given)}`,
  );
}

function existed(operation: "put" | "delete", answer: Executed): boolean {
  const result = decodeKvResult(operation, answer.result);
  return "existed" in result && result.existed;
}

function absent(reply: FastifyReply): FastifyReply {
  return sendProblem(
    reply,
    problemOf("not_found", "expected a key with a value, got an absent one"),
  );
}
