// SPDX-License-Identifier: Apache-2.0
/** Limits of the Redis front, each with the reason for its size. */
import { VALUE_BYTES_MAX } from "@zeta/protocol/limits";

/** Arguments of one command, its name included: an MSET of 32 767 keys. Redis itself has practically no limit. */
export const ARGUMENTS_MAX = 65_536;

/** One argument: no value is longer, and no key is. */
export const BULK_BYTES_MAX = VALUE_BYTES_MAX;

/** One command typed as a line: Redis's own limit (PROTO_INLINE_MAX_SIZE). */
export const INLINE_BYTES_MAX = 65_536;

/** All arguments of one command, with a few bytes of framing for each: sixteen of the longest values. */
export const COMMAND_BYTES_MAX = 16 << 20;

/** Framing that counts for an argument: `$`, its length and two line ends. */
export const ARGUMENT_FRAMING_BYTES = 14;

/** Bytes that a connection may have sent ahead of what is being answered; then nothing more is read from it until that is done. */
export const PIPELINE_BYTES_MAX = 1 << 20;

/** Commands of one connection that run together: more than pipelines hold as a rule, and at most 64 MiB of values in their answers. */
export const PIPELINE_COMMANDS_MAX = 64;

/** Argument bytes of the commands that run together. */
export const PIPELINE_CALL_BYTES_MAX = 4 << 20;

/** Values or keys in the answer to one command: sixteen of the longest values, as many as one command can bring. */
export const REPLY_BYTES_MAX = 16 << 20;

/** Answers that clients have not read, of all connections together; beyond it the connection that has read least of its own is cut. */
export const UNREAD_BYTES_MAX = 256 << 20;

/** How long a client may leave its answers unread before its connection is cut. */
export const UNREAD_MS_MAX = 30_000;

/** Open connections: a third of the file descriptors that most systems give a process. */
export const CONNECTIONS_MAX = 10_000;

/** Commands queued between MULTI and EXEC. */
export const QUEUED_COMMANDS_MAX = 1024;

/** Keys that a connection watches: as many as one transact can compare. */
export const WATCHED_KEYS_MAX = 128;

/** How often a command begins anew because somebody else changed a record between its read and its write. */
export const CONFLICT_TRIES_MAX = 16;

/** Receipts that a connection remembers: those of its last operations. */
export const RECEIPTS_REMEMBERED = 1024;

/** Keys looked at by one step of SCAN: as COUNT's upper bound it bounds the step's time to about a millisecond. */
export const SCAN_COUNT_MAX = 10_000;

/** The same with TYPE, which reads the values of the keys it looks at: a step of less than a second even if they are the longest. */
export const TYPED_SCAN_COUNT_MAX = 256;

/** Keys that KEYS returns: beyond it there is SCAN. */
export const KEYS_MAX = 100_000;

/** The name that a client gives its connection. */
export const CLIENT_NAME_BYTES_MAX = 256;
