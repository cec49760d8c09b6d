// SPDX-License-Identifier: Apache-2.0
/**
 * What the client accepts from a service it does not trust, and what it keeps: every size and count
 * is bounded.
 */

import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";

/** Longest files of a policy, and of collateral. */
export { COLLATERAL_BYTES_MAX, POLICY_BYTES_MAX } from "@zeta/attestation/limits";

/**
 * Operations of one batch: the service's own limit. Their request ids are 64 KiB, the most that
 * getRandomValues gives at once.
 */
export const BATCH_OPERATIONS_MAX = 4096;

/** Body of one batch request: the service's own limit. */
export const BATCH_BODY_BYTES_MAX = 16 << 20;

/** Longest answer to a batch. A batch that reads more (64 of the longest values) must be split. */
export const ANSWER_BODY_BYTES_MAX = 96 << 20;

/**
 * Longest JSON answer that carries one statement or document: the longest quote (32 KiB) or
 * certificate (11 KiB), twice as hex.
 */
export const STATEMENT_BODY_BYTES_MAX = 128 << 10;

/**
 * Longest lineage: {@link LINEAGE_MAX} ancestors, each with a quote and certificates as long as real ones (under 9 KiB and 8 KiB), as hex,
 * its checkpoint and the JSON around.
 */
export const LINEAGE_BODY_BYTES_MAX = LINEAGE_MAX * (40 << 10);

/**
 * Longest list of violation statements (each below 1 KiB as hex): an instance signs one, so a few
 * hundred is plenty.
 */
export const VIOLATIONS_BODY_BYTES_MAX = 512 << 10;

/** Violation statements looked at in one answer. */
export const VIOLATIONS_MAX = 256;

/**
 * Receipts asked for at once (the service allows 1000): checking them takes about 50 ms, which a
 * web page does not feel.
 */
export const RECEIPTS_PER_REQUEST = 256;

/**
 * Longest answer per receipt: the longest path (2.7 KiB as hex) and the longest certificate (21 KiB
 * as hex).
 */
export const RECEIPT_ANSWER_BYTES_MAX = 26 << 10;

/** Longest event of the epoch stream: the longest certificate as hex with its JSON. */
export const STREAM_EVENT_BYTES_MAX = 64 << 10;

/** Answers that may wait for certification at once in one client. */
export const WAITING_ANSWERS_MAX = 1 << 16;

/** Certificates a client keeps: over an hour of one-second epochs in about 1 MiB. */
export const CERTIFICATES_KEPT = 4096;

/** Epochs in which this client had answers proven, of which it keeps the certificates beside those. */
export const PROVEN_EPOCHS_KEPT = 4096;

/**
 * Missing certificates fetched one by one before the client gives up on a gap: a day of one-second
 * epochs.
 */
export const GAP_EPOCHS_MAX = 86_400;

/** Longest evidence file: its certificates, and a value of the largest size in hex, many times over. */
export const EVIDENCE_BYTES_MAX = 64 << 20;

/** Certificates in one evidence file. */
export const EVIDENCE_CERTIFICATES_MAX = 256;

/**
 * Certificates before the answer's own that the client writes into evidence: enough to show the
 * order, still a small file.
 */
export const EVIDENCE_CERTIFICATES_WRITTEN = 16;

/** Longest wait for one HTTP answer, milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Longest wait for the certificate and receipt of an answer, milliseconds: thirty epochs of the
 * default second.
 */
export const CERTIFICATION_TIMEOUT_MS = 30_000;

/** The service sends a comment every 15 s; a stream silent for longer than two of them is dead. */
export const STREAM_SILENCE_MS = 35_000;

/**
 * A stream that nobody needs stays open this long, because the next answer often follows at once.
 */
export const STREAM_LINGER_MS = 1_000;

/** After this many failures in a row the stream is tried only every 16th time: the client polls. */
export const STREAM_FAILURES_MAX = 2;
export const STREAM_RETRY_ROUNDS = 16;

/** Pauses before a stream is opened again or the service is polled, milliseconds. */
export const RETRY_FIRST_MS = 100;
export const RETRY_LONGEST_MS = 2_000;

/**
 * How often a receipt of a certified epoch is asked for before it counts as missing: with the
 * growing pauses between, 0.7 s.
 */
export const RECEIPT_ATTEMPTS = 4;

/** Certified answers of this client with whose places each new one is compared: some microseconds of work. */
export const ORDERED_ANSWERS_MAX = 4096;
