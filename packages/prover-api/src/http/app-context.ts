// SPDX-License-Identifier: Apache-2.0
import type { ProverContext } from "../context.ts";

/** What the HTTP layer knows beside the server's own context. */
export interface AppContext {
  readonly prover: ProverContext;
  /** Also speak with provers of the zkSync TEE interface. */
  readonly compat: boolean;
  readonly pollMs: number;
  /** Aborted when the server stops: waiting claims end with 204. */
  readonly stopping: AbortSignal;
  /** Null: no token is set. */
  readonly operatorToken: string | null;
  /** Only this machine can connect. */
  readonly isLoopback: boolean;
  /** Names of hosts that the operator lists; as `hostNames` of `@zeta/http` has them. */
  readonly hosts: ReadonlySet<string>;
}
