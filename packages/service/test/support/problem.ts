// SPDX-License-Identifier: Apache-2.0
import type { LightMyRequestResponse } from "fastify";

/** Status and code of an answer that must be a well-formed problem. */
export function problem(response: LightMyRequestResponse): readonly [number, string] {
  const type = response.headers["content-type"];
  if (type !== "application/problem+json") throw new Error(`not a problem but ${type}`);
  const { status, code, title, detail } = response.json();
  const isComplete = typeof title === "string" && typeof detail === "string" && detail !== "";
  if (status !== response.statusCode || !isComplete) throw new Error(`broken: ${response.body}`);
  return [status, code];
}
