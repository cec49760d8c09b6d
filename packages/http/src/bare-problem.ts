// SPDX-License-Identifier: Apache-2.0
import { PROBLEM_TYPE } from "./problem-type.ts";

/** Statuses of answers to bytes that are no request that could be routed. */
const REASONS = {
  400: "Bad Request",
  405: "Method Not Allowed",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
} as const;

export type BareStatus = keyof typeof REASONS;

/** A whole HTTP/1.1 answer with a problem (RFC 9457) as its body, for a server that has nothing but the socket; it closes the connection. */
export function bareProblem(problem: { readonly status: BareStatus }): string {
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    "connection: close",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
