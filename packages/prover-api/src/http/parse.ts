// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { Checked } from "@zeta/tee-api/check";
import { BATCH_NUMBER_MAX, WAIT_SECONDS_MAX } from "@zeta/tee-api/limits";
import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { refuse } from "../refusal.ts";

/** A body that fits its schema, or 422. */
export function parseBody<T>(check: (value: unknown) => Checked<T>, body: unknown): T {
  const checked = check(body);
  return checked.ok ? checked.value : refuse("invalid_request", checked.why);
}

/** A query that fits its schema; its numbers are text on the wire. */
export function parseQuery<S extends TSchema>(
  schema: S,
  check: (value: unknown) => Checked<Static<S>>,
  query: unknown,
): Static<S> {
  return parseBody(check, Value.Convert(schema, structuredClone(query)));
}

/** The `{batch}` of a path: digits only, no sign, no leading zeros, at most a u32. */
export function parseBatchNumber(text: string): number {
  const number = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= BATCH_NUMBER_MAX)) {
    refuse("invalid_batch_number", `expected a number 0..${BATCH_NUMBER_MAX}, got "${text}"`);
  }
  return number;
}

/** Seconds of `Prefer: wait=N` (RFC 7240), capped; 0 when the caller does not want to wait. Other preferences are not ours. */
export function parseWait(header: string | string[] | undefined): number {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  const seconds = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/i.exec(text)?.[1];
  return Math.min(WAIT_SECONDS_MAX, Number(seconds ?? 0));
}

/** Has the caller closed its connection? The request itself counts as destroyed as soon as its body is read. */
export function isGone(request: { readonly raw: IncomingMessage }): boolean {
  return request.raw.socket.destroyed;
}
