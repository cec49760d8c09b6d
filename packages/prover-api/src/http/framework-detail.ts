// SPDX-License-Identifier: Apache-2.0
import { shown } from "@zeta/http/shown";
import { isZetaError } from "@zeta/protocol/error";
import type { FastifyError, FastifyRequest } from "fastify";

/** What the framework refuses by itself, in our words; null: not one of its refusals. */
export function frameworkDetail(error: unknown, request: FastifyRequest): string | null {
  if (isZetaError(error) || !(error instanceof Error)) return null;
  const { code, statusCode } = error as FastifyError;
  const { headers, originalUrl } = request;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    const got = headers["content-length"] ?? "more";
    return `expected a body of at most ${request.routeOptions.bodyLimit} bytes, got ${got}`;
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return `expected application/json, got ${headers["content-type"] ?? "no type"}`;
  }
  if (code === "FST_ERR_BAD_URL") {
    return `expected a path of percent-encoded UTF-8, got ${shown(originalUrl)}`;
  }
  if (code === "FST_ERR_CTP_EMPTY_JSON_BODY") return "expected JSON, got an empty body";
  return statusCode === 400 ? "expected JSON, got other bytes" : null;
}
