// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import { refuse } from "../problem.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Body parser for JSON: strict UTF-8, and one code for everything that is not JSON. */
export async function parseJson(_request: FastifyRequest, body: Buffer): Promise<unknown> {
  try {
    return JSON.parse(decoder.decode(body));
  } catch (error) {
    const got = error instanceof SyntaxError ? error.message : "bytes that are not UTF-8";
    refuse("invalid_json", `expected JSON, got: ${got}`);
  }
}
