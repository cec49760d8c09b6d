// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import type { ProblemCode } from "@zeta/tee-api/problem";

/** Ends a request with one of the wire contract's problems. */
export function refuse(code: ProblemCode, detail: string, cause?: unknown): never {
  throw new ZetaError<ProblemCode>(code, detail, cause === undefined ? undefined : { cause });
}
