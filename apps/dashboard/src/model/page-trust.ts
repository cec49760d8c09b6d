// SPDX-License-Identifier: Apache-2.0
import type { Trust } from "@zeta/client";
import { COLLATERAL_BYTES_MAX, POLICY_BYTES_MAX } from "@zeta/client/limits";
import { count } from "./format.ts";
import { Observable, type Observed } from "./observable.ts";

/** What the page accepts of a service. */
export interface Accepted {
  readonly trust: Trust;
  /** Name of the policy's file; null: simulated quotes, for trying things out. */
  readonly policy: string | null;
}

/** A file that somebody chose. */
export type ChosenFile = Pick<File, "name" | "size" | "text" | "arrayBuffer">;

const TRYING_OUT: Accepted = { trust: { simulation: true }, policy: null };

/**
 * Whom the page believes is for whoever looks at it to say. It begins as a client for trying things out, which takes simulated quotes and says
 * so; with a policy of the reader's own it takes what that says, hardware included.
 */
export class PageTrust {
  readonly #accepted = new Observable<Accepted>(TRYING_OUT);
  readonly #problem = new Observable<string | null>(null);

  get accepted(): Observed<Accepted> {
    return this.#accepted;
  }

  /** Why the files that were chosen last say nothing; what was accepted before still is. */
  get problem(): Observed<string | null> {
    return this.#problem;
  }

  /** @returns Is it accepted from now on? */
  async takePolicy(policy: ChosenFile, collateral: readonly ChosenFile[]): Promise<boolean> {
    try {
      const trust = await trustOf(policy, collateral);
      this.#problem.set(null);
      this.#accepted.set({ trust, policy: policy.name });
      return true;
    } catch (error) {
      this.#problem.set(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  tryOut(): void {
    this.#problem.set(null);
    this.#accepted.set(TRYING_OUT);
  }
}

async function trustOf(policy: ChosenFile, collateral: readonly ChosenFile[]): Promise<Trust> {
  capped("policy", policy.size, POLICY_BYTES_MAX);
  const size = collateral.reduce((sum, file) => sum + file.size, 0);
  capped("collateral", size, COLLATERAL_BYTES_MAX);
  const contents = collateral.map(async (file): Promise<[string, Uint8Array]> => {
    return [file.name, new Uint8Array(await file.arrayBuffer())];
  });
  // Few need it, and what reads YAML is as large as half of the page.
  const { readTrustFiles } = await import("@zeta/client/trust-files");
  return readTrustFiles({
    policy: await policy.text(),
    collateral: new Map(await Promise.all(contents)),
  });
}

function capped(what: string, size: number, max: number): void {
  if (size > max) {
    throw new Error(`expected at most ${count(max)} bytes of ${what}, got ${count(size)}`);
  }
}
