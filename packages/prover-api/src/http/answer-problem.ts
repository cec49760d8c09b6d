// SPDX-License-Identifier: Apache-2.0
import { PROBLEM_TYPE } from "@zeta/http/problem-type";
import { isZetaError } from "@zeta/protocol/error";
import { isProblemCode, PROBLEMS, type ProblemCode, problemOf } from "@zeta/tee-api/problem";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ProverContext } from "../context.ts";
import { isStoreError } from "../store-error.ts";
import { frameworkDetail } from "./framework-detail.ts";

/** What went wrong, as one of the contract's problems. */
export function problemCodeOf(error: unknown): ProblemCode {
  if (isZetaError(error) && isProblemCode(error.code)) return error.code;
  if (isStoreError(error)) return "store_unavailable";
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return "payload_too_large";
  if (code === "FST_ERR_BAD_URL") return "malformed_request";
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return "unsupported_media_type";
  // What is left of the framework's own 400s is about a body that does not parse.
  if (statusCode === 400) return "invalid_json";
  if (statusCode === 413) return "payload_too_large";
  return "internal_error";
}

/** Seconds after which a passing trouble may be over. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Answers a refusal: problem details, or the bare text that old provers log when the peer is one. Our own mistakes are told to the
 * log only.
 */
export function answerProblem(
  context: ProverContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  form: "problem" | "text",
): FastifyReply {
  const code = problemCodeOf(error);
  const [status, title] = PROBLEMS[code];
  const isOurs = code === "internal_error" || code === "store_unavailable";
  if (isOurs) context.log.error({ error, method: request.method, url: request.url }, title);
  const ours = isOurs || !(error instanceof Error) ? title : error.message;
  const detail = frameworkDetail(error, request) ?? ours;
  context.metrics.refusals.inc({ code });
  reply.code(status);
  if (status === 503) reply.header("retry-after", String(RETRY_AFTER_SECONDS));
  if (form === "text") return reply.type("text/plain").send(`${code}: ${detail}`);
  // Bytes, because the framework adds a charset to texts, which JSON does not have (RFC 8259 §11).
  const body = Buffer.from(JSON.stringify(problemOf(code, detail)));
  return reply.header("content-type", PROBLEM_TYPE).send(body);
}
