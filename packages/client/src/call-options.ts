// SPDX-License-Identifier: Apache-2.0

/** What every call can be given. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}
