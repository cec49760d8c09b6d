// SPDX-License-Identifier: Apache-2.0
/** Limits of the service itself, each with the reason for its size; those of the wire formats are in `@zeta/protocol/limits`. */

/** Operations in one `POST /v1/ops`: at about 5 µs each a batch holds the event loop for some 20 ms. */
export const BATCH_OPERATIONS_MAX = 4096;

/** Body of one `POST /v1/ops`: base64 of the largest value eleven times over, or of 4096 operations with 3 KiB each. */
export const BATCH_BYTES_MAX = 16 << 20;

/** Body of one JSON request that is not a batch of operations: the largest key and value in base64 with room for names. */
export const JSON_BYTES_MAX = 2 << 20;

/** Request ids in one `POST /v1/receipts`: a certificate and a path each make the answer about 2 MiB. */
export const RECEIPT_IDS_MAX = 1000;

/** Calls that wait for their turn. Sixteen full batches: more than a second of work is not worth queueing. */
export const QUEUED_CALLS_MAX = 65_536;

/** Argument bytes of the calls that wait for their turn. */
export const QUEUED_BYTES_MAX = 64 << 20;

/** Calls run in one turn of the event loop, so that reading sockets and closing epochs go on beside. */
export const TURN_CALLS_MAX = 1024;

/** Log bytes written in one turn before the monitor gets them: bounds memory when values are large. */
export const TURN_LOG_BYTES_MAX = 8 << 20;

/** Deferred records migrated in one turn while an epoch closes. */
export const TURN_MIGRATIONS_MAX = 4096;

/** Receipts kept for clients to fetch: about 200 bytes each with their tree. Also the most that may be provisional at once. */
export const RECEIPTS_MAX = 1_000_000;

/** Epochs whose receipts are kept: an hour of epochs of one second. */
export const RECEIPT_EPOCHS_MAX = 3600;

/** Certificates kept: more than a day of epochs of one second, about 30 MiB. */
export const CERTIFICATES_MAX = 100_000;

/** Event streams open at once. */
export const STREAMS_MAX = 1024;

/** Long polls for receipts waiting at once. */
export const WAITERS_MAX = 10_000;

/** Longest long poll in milliseconds: below the idle timeout of common proxies. */
export const WAIT_MS_MAX = 30_000;

/** Silence on an event stream after which a comment is sent, so that proxies keep the connection. */
export const STREAM_KEEP_ALIVE_MS = 15_000;

/** Seconds a refused client is asked to wait: one epoch at the default length. */
export const RETRY_AFTER_SECONDS = 1;

/** Epochs of a sealed batch when nothing else is said: a minute of epochs of one second, since sealing cools the whole store down. */
export const BATCH_EPOCHS = 60;

/** Log bytes after which a batch is sealed early: a gateway replays them in seconds, and they compress to a few tens of megabytes. */
export const BATCH_LOG_BYTES = 64 << 20;

/** Log bytes at which calls are refused until the batch is sealed: bounds memory while the sink is down. */
export const BATCH_LOG_BYTES_FULL = 256 << 20;

/** Keys that the host lists for those who ask for all, and their bytes: memory of this process, beside the store's. */
export const LISTED_KEYS_MAX = 8_000_000;
export const LISTED_BYTES_MAX = 256 << 20;

/** Epochs after which a service with data takes a checkpoint: ten minutes of epochs of one second, since sealing cools the whole store down. */
export const CHECKPOINT_EPOCHS = 600;

/** Bytes of the journal after which it does so before that: some hundred thousand calls, which take seconds to run again. */
export const JOURNAL_BYTES = 64 << 20;

/** Bytes of the journal that wait to be written at which calls are refused: bounds memory while the disk is slow. */
export const JOURNAL_PENDING_BYTES_MAX = 64 << 20;
