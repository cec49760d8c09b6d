// SPDX-License-Identifier: Apache-2.0
import { PROBLEM_TYPE } from "@zeta/http/problem-type";
import type { Problem } from "@zeta/protocol/http-api";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import { problemOf, problemOfError } from "../problem.ts";
import { frameworkProblem } from "./framework-problem.ts";

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 429 || problem.code === "shutting_down") {
    reply.header("retry-after", RETRY_AFTER_SECONDS);
  }
  // Bytes, because the framework adds a charset to texts, which JSON does not have (RFC 8259 §11).
  const body = Buffer.from(JSON.stringify(problem));
  return reply.code(problem.status).header("content-type", PROBLEM_TYPE).send(body);
}

/** Turns whatever was thrown into a problem. Texts of unknown errors stay inside: they may tell about the machine. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOfError(error) ?? frameworkProblem(error as FastifyError, request);
  if (problem !== null) return sendProblem(reply, problem);
  request.log.error({ err: error }, "a request failed");
  return sendProblem(reply, problemOf("internal_error", "the request failed for a reason of ours"));
}
