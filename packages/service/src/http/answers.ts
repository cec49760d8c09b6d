// SPDX-License-Identifier: Apache-2.0

import { PROBLEM_TYPE } from "@zeta/http/problem-type";
import { assert } from "@zeta/protocol/error";
import { EPOCH_HEADER, RECEIPT_HEADER } from "@zeta/protocol/http-api";
import type { FastifyReply } from "fastify";
import Type, { type TSchema } from "typebox";
import type { Executed } from "../engine-call.ts";
import { ProblemSchema } from "./schemas.ts";

/** Answer header: the monitor thread that ran the call, part of what the receipt binds. */
export const THREAD_HEADER = "zeta-thread";

/** What the client needs, beside the result, to recompute its receipt leaf. */
export function setAnswerHeaders(reply: FastifyReply, answer: Executed): void {
  const { requestId, epoch, thread } = answer;
  assert(requestId !== null, "a request id for every call over HTTP");
  reply.headers({ [EPOCH_HEADER]: epoch, [RECEIPT_HEADER]: requestId, [THREAD_HEADER]: thread });
}

/** The one answer of a call that was executed alone. */
export function only(answers: readonly Executed[]): Executed {
  const [answer] = answers;
  assert(answer !== undefined && answers.length === 1, `one answer, got ${answers.length}`);
  return answer;
}

const Problems = {
  description: "a problem with a stable code",
  content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
};

/**
 * Response part of a route's schema: JSON of this shape, or a problem. Documentation only: answers are plain JSON of the types of
 * `@zeta/protocol/http-api`, so the framework shall neither serialise by it nor derive types from it.
 */
export function responses(schema: TSchema, description: string, status = 200): unknown {
  return {
    [status]: { description, content: { "application/json": { schema } } },
    "4xx": Problems,
    "5xx": Problems,
  };
}

/** A good answer that is not JSON: bytes of a media type, or nothing but headers. */
export interface PlainAnswer {
  readonly description: string;
  readonly type?: string;
  readonly schema?: TSchema;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** The same for a route whose good answers are not JSON, by status. */
export function plainResponses(answers: Readonly<Record<number, PlainAnswer>>): unknown {
  const good = Object.entries(answers).map(([status, { type, schema = Text, ...answer }]) => [
    status,
    // The framework says `text/plain` for an answer without content, so none gets the type null.
    { ...answer, ...(type === undefined ? { type: "null" } : { content: { [type]: { schema } } }) },
  ]);
  return { ...Object.fromEntries(good), "4xx": Problems, "5xx": Problems };
}

const Text = Type.String();

/** {@link setAnswerHeaders}, as the OpenAPI document says it. */
export const AnswerHeaders = Object.freeze({
  [EPOCH_HEADER]: { type: "integer", description: "the epoch in which the monitor ran the call" },
  [RECEIPT_HEADER]: { type: "string", description: "the request id, of GET /v1/receipts/{id}" },
  [THREAD_HEADER]: { type: "integer", description: "the monitor thread that ran the call" },
});
