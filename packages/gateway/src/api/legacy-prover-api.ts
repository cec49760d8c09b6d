// SPDX-License-Identifier: Apache-2.0
/**
 * A server of the zkSync TEE prover interface. It leases by a time-out of its own and knows neither renewal nor release nor failure
 * reports, so those are done by doing nothing: what is given up comes back when its time-out is over.
 */

import { type LegacyBytesForm, type LegacyClaimRequest, legacyBytes } from "@zeta/tee-api/legacy";
import { BATCH_BYTES_MAX } from "@zeta/tee-api/limits";
import { ROUTES } from "@zeta/tee-api/routes";
import { CallError } from "../call-error.ts";
import { type ClientTimeouts, JsonClient } from "./json-client.ts";
import type { ProverApi } from "./prover-api.ts";

export interface LegacyOptions {
  readonly url: string;
  readonly timeouts: ClientTimeouts;
  readonly teeType: LegacyClaimRequest["tee_type"];
  /** How this server reads byte strings. */
  readonly bytesForm: LegacyBytesForm;
}

export function legacyProverApi(options: LegacyOptions): ProverApi {
  const client = new JsonClient(options.url, options.timeouts);
  const bytes = (value: Uint8Array) => legacyBytes(value, options.bytesForm);
  const tee_type = options.teeType;
  return {
    async register({ publicKey, quote }, signal) {
      const body = { attestation: bytes(quote), pubkey: bytes(publicKey) };
      await client.call({ method: "POST", path: ROUTES.register.path, body, signal });
    },
    async claim(_lease, _waitSeconds, signal) {
      const answer = await client.call({
        method: "POST",
        path: ROUTES.claim.path,
        body: { tee_type } satisfies LegacyClaimRequest,
        bytesMax: BATCH_BYTES_MAX,
        extraMs: options.timeouts.dataMs,
        signal,
      });
      // The first servers said `null` for "nothing", later ones 204.
      if (answer.status === 204 || answer.body.toString("latin1", 0, 8).trim() === "null") {
        return null;
      }
      return { facts: null, lease: null, data: answer.body };
    },
    async fetchData() {
      throw new CallError("answer_malformed", "expected the batch data with the claim");
    },
    renew: async () => Number.MAX_SAFE_INTEGER,
    release: async () => {},
    async submit(proof, signal) {
      const body = {
        signature: bytes(proof.signature),
        pubkey: bytes(proof.publicKey),
        proof: bytes(proof.root),
        tee_type,
      };
      const path = ROUTES.submit.path.replace(":batch", String(proof.batch));
      await client.call({ method: "POST", path, body, signal });
    },
    fail: async () => {},
    close: () => client.close(),
  };
}
