// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, operation, record, t } from "../index.ts";
import { advanceClock, clock, time } from "./logical-clock.ts";

/** Ten years of seconds. */
const LIFETIME_MAX = 315_360_000;

/** 16 random bytes of whoever issues: functions have no randomness. */
const id = t.bytes({ minLength: 16, maxLength: 16 });
const subject = t.text({ minLength: 1, maxLength: 128 });
const scopes = t.array(t.text({ minLength: 1, maxLength: 64 }), { maxItems: 32 });

const token = record({
  key: id,
  value: t.object({ subject, scopes, expires: time, revoked: t.boolean() }),
});

/** Of a token that is not active nothing is told but why. */
const state = t.choice(["active", "expired", "revoked", "unknown"]);

function stateOf(
  found: { readonly expires: number; readonly revoked: boolean } | null,
  now: number,
): "active" | "expired" | "revoked" | "unknown" {
  if (found === null) return "unknown";
  if (found.revoked) return "revoked";
  return now < found.expires ? "active" : "expired";
}

/** Tokens as in OAuth: issued, introspected (RFC 7662), revoked (RFC 7009). A token that was revoked or has expired is never active again. */
export default defineService({
  name: "token",
  version: "1",
  records: { token, clock },
  operations: {
    issue: operation({
      arguments: t.object({
        id,
        subject,
        scopes,
        lifetime: t.integer({ minimum: 1, maximum: LIFETIME_MAX }),
      }),
      result: t.object({ expires: time, time }),
      touches: { token, clock },
      keys: (args) => ({ token: args.id, clock: "clock" }),
      run({ subject: whose, scopes: what, lifetime }, records) {
        // A token that was revoked must not come back under its old id.
        if (records.token !== null) fail("token_exists");
        const now = records.clock ?? 0;
        const expires = now + lifetime;
        return {
          result: { expires, time: now },
          writes: { token: { subject: whose, scopes: what, expires, revoked: false } },
        };
      },
    }),
    introspect: operation({
      arguments: t.object({ id }),
      result: t.object({
        state,
        subject: t.nullable(subject),
        scopes,
        expires: t.nullable(time),
        time,
      }),
      touches: { token, clock },
      keys: (args) => ({ token: args.id, clock: "clock" }),
      run(_, { token: found, clock: set }) {
        const now = set ?? 0;
        const told = stateOf(found, now);
        if (found === null || told !== "active") {
          return { result: { state: told, subject: null, scopes: [], expires: null, time: now } };
        }
        const { subject: whose, scopes: what, expires } = found;
        return { result: { state: told, subject: whose, scopes: what, expires, time: now } };
      },
    }),
    /** Also an unknown or revoked token may be revoked (RFC 7009 §2.2); `revoked` says whether this call did it. */
    revoke: operation({
      arguments: t.object({ id }),
      result: t.object({ revoked: t.boolean() }),
      touches: { token },
      keys: (args) => ({ token: args.id }),
      run(_, { token: found }) {
        if (found === null || found.revoked) return { result: { revoked: false } };
        return { result: { revoked: true }, writes: { token: { ...found, revoked: true } } };
      },
    }),
    advanceClock,
  },
});
