// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import type { BatchAnswer, OperationAnswer } from "@zeta/protocol/http-api";
import Type from "typebox";
import type { EngineCall, Executed } from "../engine-call.ts";
import { BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX } from "../limits.ts";
import { refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { only, responses, setAnswerHeaders } from "./answers.ts";
import type { App } from "./app-type.ts";
import { isJsonObject } from "./json-members.ts";
import { parseOperation } from "./parse-operation.ts";
import { OperationAnswerSchema, OperationBody, OperationRequestSchema } from "./schemas.ts";

const BatchBody = Type.Object({
  operations: Type.Array(OperationRequestSchema, { minItems: 1, maxItems: BATCH_OPERATIONS_MAX }),
});

const BatchAnswerSchema = Type.Object({ results: Type.Array(OperationAnswerSchema) });

/** `parseOperation` checks more than the schema could, and faster; the schema documents. */
const acceptAny = () => () => true;

/** `POST /v1/ops` and `POST /v1/ops/{operation}`. A batch is checked whole before its first operation runs. */
export function opsRoutes(app: App, engine: ServiceEngine): void {
  app.post(
    "/v1/ops",
    {
      schema: {
        summary: "Execute operations in order, each its own call with its own receipt",
        body: BatchBody,
        response: responses(BatchAnswerSchema, "provisional answers, in the same order"),
      },
      bodyLimit: BATCH_BYTES_MAX,
      validatorCompiler: acceptAny,
    },
    async (request): Promise<BatchAnswer> => {
      const answers = await engine.execute(parseBatch(request.body));
      return { results: answers.map(operationAnswer) };
    },
  );
  app.post(
    "/v1/ops/:operation",
    {
      schema: {
        summary: "Execute one operation",
        params: Type.Object({ operation: Type.String() }),
        body: OperationBody,
        response: responses(OperationAnswerSchema, "a provisional answer"),
      },
      validatorCompiler: acceptAny,
    },
    async (request, reply): Promise<OperationAnswer> => {
      const { operation } = request.params;
      if (!isJsonObject(request.body))
        refuse("invalid_request", `expected an object as body, got ${shown(request.body)}`);
      if ("operation" in request.body) {
        refuse(
          "invalid_request",
          "expected the operation in the path only, got it in the body too",
        );
      }
      const call = parseOperation({ ...request.body, operation }, "the operation");
      const answer = only(await engine.execute([call]));
      setAnswerHeaders(reply, answer);
      return operationAnswer(answer);
    },
  );
}

function parseBatch(body: unknown): EngineCall[] {
  if (!isJsonObject(body) || !Array.isArray(body.operations) || Object.keys(body).length !== 1) {
    refuse("invalid_request", `expected {"operations": [...]} as body, got ${shown(body)}`);
  }
  const operations: readonly unknown[] = body.operations;
  if (operations.length < 1 || operations.length > BATCH_OPERATIONS_MAX) {
    const { length } = operations;
    refuse("invalid_request", `expected 1..${BATCH_OPERATIONS_MAX} operations, got ${length}`);
  }
  return operations.map((operation, i) => parseOperation(operation, `operation ${i}`));
}

function operationAnswer({ requestId, epoch, thread, result }: Executed): OperationAnswer {
  const base64 = Buffer.from(result.buffer, result.byteOffset, result.length).toString("base64");
  return { requestId: requestId ?? "", epoch, thread, result: base64 };
}
