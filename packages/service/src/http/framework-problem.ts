// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import type { Problem, ProblemCode } from "@zeta/protocol/http-api";
import type { FastifyError, FastifyRequest } from "fastify";
import { problemOf } from "../problem.ts";

type Wording = (error: FastifyError, request: FastifyRequest) => string;

/** What the framework refuses by itself, in our codes and our words. */
const REFUSALS: Readonly<Record<string, readonly [code: ProblemCode, detail: Wording]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["payload_too_large", tooLarge],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["unsupported_media_type", otherType],
  FST_ERR_CTP_INVALID_TYPE: ["unsupported_media_type", otherType],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["invalid_request", otherLength],
  FST_ERR_VALIDATION: ["invalid_request", otherShape],
  FST_ERR_BAD_URL: ["invalid_request", badPath],
  FST_ERR_MAX_PARAM_LENGTH: ["invalid_request", longPath],
};

/** Null: not one of the framework's refusals. */
export function frameworkProblem(error: FastifyError, request: FastifyRequest): Problem | null {
  const refusal = REFUSALS[error.code];
  if (refusal === undefined) return null;
  const [code, detail] = refusal;
  return problemOf(code, detail(error, request));
}

function tooLarge(_error: FastifyError, { headers, routeOptions }: FastifyRequest): string {
  const got = headers["content-length"] ?? "more";
  return `expected a body of at most ${routeOptions.bodyLimit} bytes, got ${got}`;
}

function otherType(_error: FastifyError, { headers }: FastifyRequest): string {
  return `expected the content type application/json, got ${headers["content-type"] ?? "none"}`;
}

function otherLength(_error: FastifyError, { headers }: FastifyRequest): string {
  const said = headers["content-length"];
  return `expected a body of ${said} bytes, as content-length says, got another length`;
}

/** The validator says what must be, and hands over what was there instead. */
function otherShape({ validation, validationContext }: FastifyError): string {
  const [first] = validation ?? [];
  const { instancePath = "", message = "must be valid" } = first ?? {};
  const got = (first as { readonly data?: unknown } | undefined)?.data;
  const wanted = message.replace(/^must /, "to ");
  return `expected ${validationContext ?? "the request"}${instancePath} ${wanted}, got ${shown(got)}`;
}

function badPath(_error: FastifyError, { originalUrl }: FastifyRequest): string {
  return `expected a path of percent-encoded UTF-8, got ${shown(originalUrl)}`;
}

function longPath(_error: FastifyError, { originalUrl }: FastifyRequest): string {
  return `expected a shorter path, got one of ${originalUrl.length} characters`;
}
