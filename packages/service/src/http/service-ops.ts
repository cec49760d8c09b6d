// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { Reader } from "@zeta/app/codec/reader";
import { encodeJsonArgument } from "@zeta/app/encode-argument";
import type { ManifestOperation } from "@zeta/app/manifest";
import type { ProgramOperation } from "@zeta/app/program-operation";
import { shown } from "@zeta/http/shown";
import { toHex } from "@zeta/protocol/hex";
import { REQUEST_ID_HEADER, type ServiceOperationAnswer } from "@zeta/protocol/http-api";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type, { type TSchema } from "typebox";
import type { AppService } from "../app-service.ts";
import { type Executed, isRequestId } from "../engine-call.ts";
import { BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX } from "../limits.ts";
import { problemOfError, refuse } from "../problem.ts";
import { runWorkflow } from "../run-workflow.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { only, responses, setAnswerHeaders } from "./answers.ts";
import type { App } from "./app-type.ts";
import { isJsonObject } from "./json-members.ts";
import { ProblemSchema } from "./schemas.ts";

/** The codecs check more than a schema could; the schema documents. */
const acceptAny = () => () => true;

const Headers = Type.Object({
  [REQUEST_ID_HEADER]: Type.Optional(
    Type.String({ description: "16 random bytes as 32 lower-case hex digits" }),
  ),
});

function answerSchema(result: unknown): TSchema {
  return Type.Object({
    requestId: Type.String(),
    epoch: Type.Integer(),
    thread: Type.Integer(),
    result: result as TSchema,
  });
}

/** `POST /v1/ops/{operation}` for every operation and workflow of a service, `POST /v1/ops` for many operations. */
export function serviceOpsRoutes(app: App, engine: ServiceEngine, service: AppService): void {
  for (const [number, described] of service.program.manifest.operations.entries()) {
    const operation = service.program.operations[number] as ProgramOperation;
    if (described.workflow === null) operationRoute(app, engine, described, operation);
    else if (described.name.endsWith(".finish")) workflowRoute(app, engine, service, described);
  }
  app.post(
    "/v1/ops/:operation",
    { schema: { hide: true }, validatorCompiler: acceptAny },
    (request) => {
      const { operation } = request.params as { operation: string };
      const { workflow } = service.program.operation(operation);
      return refuse("unknown_operation", `expected an operation, got a part of ${workflow}`);
    },
  );
  batchRoute(app, engine, service);
}

function operationRoute(
  app: App,
  engine: ServiceEngine,
  described: ManifestOperation,
  operation: ProgramOperation,
): void {
  const schema = {
    summary: `Execute ${described.name}`,
    headers: Headers,
    body: described.arguments as TSchema,
    response: responses(answerSchema(described.result), "a provisional answer"),
  };
  app.post(
    `/v1/ops/${described.name}`,
    { schema, validatorCompiler: acceptAny },
    async (request, reply): Promise<ServiceOperationAnswer> => {
      const argument = encodeJsonArgument(operation, request.body);
      const call = { function: operation.number, argument, requestId: requestIdOf(request) };
      const answer = only(await engine.execute([call]));
      return answerOf(operation, answer, reply);
    },
  );
}

function workflowRoute(
  app: App,
  engine: ServiceEngine,
  { program }: AppService,
  described: ManifestOperation,
): void {
  const name = described.workflow as string;
  const finish = program.operation(described.name);
  const begin = program.operation(`${name}.begin`);
  const members = (described.arguments as { properties: { args: TSchema } }).properties;
  const schema = {
    summary: `Run the workflow ${name}, in as many calls as it takes`,
    headers: Headers,
    body: members.args,
    response: responses(answerSchema(described.result), "the provisional answer of its last call"),
  };
  app.post(
    `/v1/ops/${name}`,
    { schema, validatorCompiler: acceptAny },
    async (request, reply): Promise<ServiceOperationAnswer> => {
      const requestId = requestIdOf(request);
      // Through bytes: what the functions get must be of their own realm, and JSON of ours is checked on the way.
      const json = { id: requestId, args: request.body };
      const bytes = encodeJsonArgument(begin, json);
      const { args } = begin.arguments.read(new Reader().open(bytes)) as { args: unknown };
      const outcome = await runWorkflow(engine, program, { name, args, requestId });
      const asked = finish.arguments.read(new Reader().open(outcome.finish.argument));
      const { state } = finish.arguments.toJson(asked) as { state: unknown };
      return { ...answerOf(finish, outcome.answer, reply), state, calls: outcome.calls };
    },
  );
}

const BatchBody = Type.Object({
  operations: Type.Array(
    Type.Object({
      operation: Type.String(),
      requestId: Type.Optional(Type.String()),
      arguments: Type.Unknown(),
    }),
    { minItems: 1, maxItems: BATCH_OPERATIONS_MAX },
  ),
});

const BatchAnswerSchema = Type.Object({
  results: Type.Array(
    Type.Union([answerSchema(Type.Unknown()), Type.Object({ problem: ProblemSchema })]),
  ),
});

/** Each operation of a batch is a call of its own: one that must not happen is answered with its problem, the others run. */
function batchRoute(app: App, engine: ServiceEngine, { program }: AppService): void {
  app.post(
    "/v1/ops",
    {
      schema: {
        summary: "Execute operations in order, each its own call with its own receipt",
        body: BatchBody,
        response: responses(
          BatchAnswerSchema,
          "provisional answers or problems, in the same order",
        ),
      },
      bodyLimit: BATCH_BYTES_MAX,
      validatorCompiler: acceptAny,
    },
    async (request) => {
      const calls = parseBatch(request.body).map((one, i) => parseCall(one, i));
      const answers = await Promise.all(
        calls.map(async ({ name, args, requestId }) => {
          try {
            const operation = program.operation(name);
            if (operation.workflow !== null) {
              refuse("unknown_operation", `expected an operation, got ${name}, part of a workflow`);
            }
            const argument = encodeJsonArgument(operation, args);
            const call = { function: operation.number, argument, requestId };
            return jsonAnswer(operation, only(await engine.execute([call])));
          } catch (error) {
            const problem = problemOfError(error);
            if (problem === null || problem.status >= 500) throw error;
            return { requestId, problem };
          }
        }),
      );
      return { results: answers };
    },
  );
}

function parseBatch(body: unknown): readonly unknown[] {
  if (!isJsonObject(body) || !Array.isArray(body.operations) || Object.keys(body).length !== 1) {
    refuse("invalid_request", `expected {"operations": [...]} as body, got ${shown(body)}`);
  }
  const { operations } = body;
  if (operations.length < 1 || operations.length > BATCH_OPERATIONS_MAX) {
    const { length } = operations;
    refuse("invalid_request", `expected 1..${BATCH_OPERATIONS_MAX} operations, got ${length}`);
  }
  return operations;
}

function parseCall(one: unknown, index: number) {
  const members = ["operation", "requestId", "arguments"];
  const fits = isJsonObject(one) && Object.keys(one).every((name) => members.includes(name));
  if (!fits || typeof one.operation !== "string") {
    refuse(
      "invalid_request",
      `expected operation, requestId and arguments in operation ${index}, got ${shown(one)}`,
    );
  }
  const { requestId = randomBytes(16).toString("hex") } = one;
  if (typeof requestId !== "string" || !isRequestId(requestId)) {
    refuse(
      "invalid_request",
      `expected 32 lower-case hex digits as requestId of operation ${index}, got ${shown(requestId)}`,
    );
  }
  return { name: one.operation, args: one.arguments, requestId };
}

function answerOf(
  operation: ProgramOperation,
  answer: Executed,
  reply: FastifyReply,
): ServiceOperationAnswer {
  setAnswerHeaders(reply, answer);
  return jsonAnswer(operation, answer);
}

function jsonAnswer(operation: ProgramOperation, answer: Executed): ServiceOperationAnswer {
  const { requestId, epoch, thread } = answer;
  const result = operation.result.read(new Reader().open(answer.result));
  return { requestId: requestId ?? "", epoch, thread, result: operation.result.toJson(result) };
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

/** `GET /v1/service`: what runs here. A client believes the hash only after hashing the code, and the manifest only after running it. */
export function serviceRoutes(app: App, engine: ServiceEngine, service: AppService): void {
  const { manifest } = service.program;
  const answer = {
    name: manifest.name,
    version: manifest.version,
    codeHash: toHex(service.codeHash),
    measurement: toHex(engine.instance.attestation.measurement),
    manifest,
    code: service.code,
  };
  app.get(
    "/v1/service",
    {
      schema: {
        summary: "Name, version and code of the service",
        response: responses(
          Type.Object({
            name: Type.String(),
            version: Type.String(),
            codeHash: Type.String({ description: "SHA-256 of code" }),
            measurement: Type.String(),
            manifest: Type.Unknown({ description: "operations and schemas, as in the code" }),
            code: Type.String(),
          }),
          "what the monitor runs",
        ),
      },
    },
    async () => answer,
  );
}
