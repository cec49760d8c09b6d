// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import type { Problem, ProblemCode } from "@zeta/protocol/http-api";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import { problemOf, problemOfError } from "../problem.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** What the framework refuses by itself, in our codes. */
const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid_request",
  FST_ERR_CTP_INVALID_TYPE: "unsupported_media_type",
  FST_ERR_VALIDATION: "invalid_request",
  FST_ERR_BAD_URL: "invalid_request",
  FST_ERR_MAX_PARAM_LENGTH: "invalid_request",
};

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

function frameworkProblem(error: FastifyError, { headers }: FastifyRequest): Problem | null {
  const code = FRAMEWORK_CODES[error.code];
  if (code === undefined) return null;
  if (code !== "unsupported_media_type") return problemOf(code, error.message);
  const got = headers["content-type"] ?? "none";
  return problemOf(code, `expected the content type application/json, got ${got}`);
}

/** Bytes that are not HTTP, headers that are too long, a request that takes too long: there is no request to answer yet. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const isLong = error.code === "HPE_HEADER_OVERFLOW";
  const detail = isLong
    ? "expected a shorter request line and headers"
    : "expected a whole HTTP request";
  const problem = { ...problemOf("invalid_request", detail), status: isLong ? 431 : 400 };
  const body = JSON.stringify(problem);
  const reason = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const head = `HTTP/1.1 ${reason}\r\ncontent-type: ${PROBLEM_TYPE}\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
