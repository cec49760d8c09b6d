// SPDX-License-Identifier: Apache-2.0
import { type RawBuilder, sql } from "kysely";

/** The current time as an SQL expression. */
export type SqlClock = () => RawBuilder<Date>;

/** The database's own clock: several servers on one database must agree when a lease is over. */
export const databaseClock: SqlClock = () => sql<Date>`clock_timestamp()`;

/** A clock that is read in this process, for tests. */
export function processClock(now: () => number): SqlClock {
  return () => sql<Date>`${new Date(now())}::timestamptz`;
}

/** `clock` plus some milliseconds. */
export function after(clock: SqlClock, milliseconds: number): RawBuilder<Date> {
  return sql<Date>`${clock()} + ${milliseconds / 1000} * interval '1 second'`;
}
