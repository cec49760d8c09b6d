// SPDX-License-Identifier: Apache-2.0

/** The media type of a problem (RFC 9457 §6.1). */
export const PROBLEM_TYPE = "application/problem+json";
