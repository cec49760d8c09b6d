// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, operation, record, t } from "../index.ts";
import { advanceClock, clock, time } from "./logical-clock.ts";

/** Wrong passwords in a row until the account is locked. */
const FAILURES_MAX = 5;
/** Seconds that a locked account stays locked. */
const LOCKED_FOR = 900;

const name = t.text({ minLength: 1, maxLength: 64 });
const salt = t.bytes({ minLength: 16, maxLength: 16 });
/** What scrypt makes of salt and password; the client computes it, the password itself never leaves him. */
const hash = t.bytes({ minLength: 32, maxLength: 32 });

const user = record({
  key: name,
  value: t.object({
    salt,
    hash,
    failures: t.integer({ minimum: 0, maximum: FAILURES_MAX }),
    lockedUntil: time,
  }),
});

interface User {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly failures: number;
  readonly lockedUntil: number;
}

/** `unknown` is told: whoever may call the service learns as much from `salt`. */
const verdict = t.choice(["accepted", "wrong", "locked", "unknown"]);
const answer = t.object({ verdict, time });

/** Looks at every byte, so that the time it takes says nothing of where two hashes differ. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (let i = 0; i < 32; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

interface Attempt {
  readonly verdict: "accepted" | "wrong" | "locked" | "unknown";
  /** The user afterwards; null: nothing is written. */
  readonly user: User | null;
}

/** One attempt, at `now`. A locked account is not even compared, so guessing goes on only after the lock. */
function attempt(given: Uint8Array, before: User | null, now: number): Attempt {
  if (before === null) return { verdict: "unknown", user: null };
  if (now < before.lockedUntil) return { verdict: "locked", user: null };
  if (equal(given, before.hash)) {
    return { verdict: "accepted", user: { ...before, failures: 0, lockedUntil: 0 } };
  }
  const failures = before.failures + 1;
  if (failures < FAILURES_MAX) return { verdict: "wrong", user: { ...before, failures } };
  return { verdict: "wrong", user: { ...before, failures: 0, lockedUntil: now + LOCKED_FOR } };
}

/**
 * Passwords with lock-out. Certified is that every verdict follows from what was registered, from all attempts before it and from the clock: the
 * host can neither have a wrong password accepted, nor forget a failure, nor end a lock but by moving the clock, which it can never move back
 * and which every answer tells. It is not secret: the host sees the hashes, and with a hash it can ask like its owner (docs/services.md).
 */
export default defineService({
  name: "password",
  version: "1",
  records: { user, clock },
  operations: {
    register: operation({
      arguments: t.object({ name, salt, hash }),
      result: t.object({}),
      touches: { user },
      keys: (args) => ({ user: args.name }),
      run(args, records) {
        if (records.user !== null) fail("user_exists");
        const fresh = { salt: args.salt, hash: args.hash, failures: 0, lockedUntil: 0 };
        return { result: {}, writes: { user: fresh } };
      },
    }),
    /** What a client needs for scrypt; null for a name that is not registered. */
    salt: operation({
      arguments: t.object({ name }),
      result: t.nullable(salt),
      touches: { user },
      keys: (args) => ({ user: args.name }),
      run: (_, records) => ({ result: records.user?.salt ?? null }),
    }),
    verify: operation({
      arguments: t.object({ name, hash }),
      result: answer,
      touches: { user, clock },
      keys: (args) => ({ user: args.name, clock: "clock" }),
      run(args, records) {
        const now = records.clock ?? 0;
        const { verdict: told, user: after } = attempt(args.hash, records.user, now);
        const result = { verdict: told, time: now };
        return after === null ? { result } : { result, writes: { user: after } };
      },
    }),
    /** Asks for the old password as `verify` does, its failures included. */
    change: operation({
      arguments: t.object({ name, hash, newSalt: salt, newHash: hash }),
      result: answer,
      touches: { user, clock },
      keys: (args) => ({ user: args.name, clock: "clock" }),
      run(args, records) {
        const now = records.clock ?? 0;
        const { verdict: told, user: after } = attempt(args.hash, records.user, now);
        const result = { verdict: told, time: now };
        if (after === null) return { result };
        if (told !== "accepted") return { result, writes: { user: after } };
        return { result, writes: { user: { ...after, salt: args.newSalt, hash: args.newHash } } };
      },
    }),
    advanceClock,
  },
});
