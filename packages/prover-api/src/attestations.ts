// SPDX-License-Identifier: Apache-2.0
import { isSameQuote, withoutPadding } from "@zeta/attestation/quote-forms";
import { bindsGateway, namesKey } from "@zeta/attestation/report-data";
import { sha256 } from "@zeta/protocol/digest";
import { toHex } from "@zeta/protocol/hex";
import type { TeeType } from "@zeta/tee-api/tee-type";
import { type Kysely, sql, type Transaction } from "kysely";
import { LOCKS } from "./database/locks.ts";
import type { Tables } from "./database/schema.ts";
import type { SqlClock } from "./database/sql-clock.ts";
import { isRefusedQuote, type JudgedQuote, type QuoteJudge } from "./quote-judge.ts";
import { refuse } from "./refusal.ts";

export interface Registration {
  readonly publicKey: Uint8Array;
  readonly quote: Uint8Array;
  /** What the gateway says it is; null from provers whose wire form does not say. */
  readonly teeType: TeeType | null;
  /** Accept a second, different attestation of the key. */
  readonly additional: boolean;
  /**
   * What the quote must bind: the key for purpose `gateway`, so that no quote made for another purpose will do, or, for old provers,
   * the key alone.
   */
  readonly binding: "gateway" | "key";
}

export interface ValidAttestation {
  readonly digest: Uint8Array;
}

export interface AttestationsOptions {
  readonly db: Kysely<Tables>;
  readonly clock: SqlClock;
  readonly judge: QuoteJudge;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Let a key with a simulated quote prove for the hardware types of old provers, which know no other. */
  readonly simulationProvesLegacy: boolean;
}

/** How long a verdict on a stored quote is believed before the policy is asked again. */
const VERDICT_MS = 300_000;

/** Verdicts kept; more gateways than this only verify quotes more often. */
const VERDICTS_MAX = 10_000;

/** The registered keys and the quotes that vouch for them. */
export class Attestations {
  readonly #options: AttestationsOptions;
  /** By quote digest: until when the verdict "accepted" holds. */
  readonly #accepted = new Map<string, number>();

  constructor(options: AttestationsOptions) {
    this.#options = options;
  }

  /**
   * Stores a quote that satisfies the policy and binds the key. The same quote again is fine; another one for a known key is an
   * error unless it is meant as an additional one.
   */
  async register(registration: Registration): Promise<void> {
    const { publicKey, teeType, additional, binding } = registration;
    const judged = await this.#judge(registration.quote);
    const binds = binding === "gateway" ? bindsGateway : namesKey;
    if (!binds(judged.reportData, publicKey)) {
      const wanted = binding === "gateway" ? 'the key for purpose "gateway"' : "the key";
      const got = toHex(judged.reportData);
      refuse("attestation_rejected", `expected report data that binds ${wanted}, got ${got}`);
    }
    if (teeType !== null && judged.tee !== teeType) {
      refuse("attestation_rejected", `expected a quote of ${teeType}, got one of ${judged.tee}`);
    }
    const quote = withoutPadding(registration.quote);
    await this.#locked(async (transaction) => {
      const known = await transaction
        .selectFrom("tee_attestations")
        .select(["digest", "attestation", "revoked_at"])
        .where("pubkey", "=", publicKey)
        .execute();
      if (known.some((row) => row.revoked_at !== null)) {
        refuse("attestation_revoked", "expected a key that was not revoked");
      }
      // Not by digest: whoever has seen a quote can write it in another form.
      const same = known.find(({ attestation }) => isSameQuote(attestation, quote));
      if (same !== undefined) {
        // Judged anew just now: its window starts over.
        await transaction
          .updateTable("tee_attestations")
          .set({ valid_until: judged.validUntil })
          .where("pubkey", "=", publicKey)
          .where("digest", "=", same.digest)
          .execute();
        return;
      }
      if (known.length > 0 && !additional) {
        refuse(
          "attestation_conflict",
          "expected the registered attestation of the key, got another",
        );
      }
      await transaction
        .insertInto("tee_attestations")
        .values({
          pubkey: publicKey,
          digest: sha256(quote),
          attestation: quote,
          tee_type: judged.tee,
          valid_until: judged.validUntil,
          revoked_at: null,
          created_at: this.#options.clock(),
        })
        .execute();
    });
  }

  /** An attestation by which this key may prove for `teeType` now; refuses with the reason why there is none. */
  async requireValid(publicKey: Uint8Array, teeType: TeeType): Promise<ValidAttestation> {
    const rows = await attestationsOf(this.#options.db, publicKey);
    if (rows.length === 0) {
      refuse("unregistered_key", `expected a registered key, got ${toHex(publicKey)}`);
    }
    const unrevoked = rows.filter((row) => row.revoked_at === null);
    if (unrevoked.length === 0)
      refuse("attestation_revoked", `key ${toHex(publicKey)} was revoked`);
    const fitting = unrevoked.filter((row) => this.#mayProve(row.tee_type, teeType));
    if (fitting.length === 0) {
      refuse("unregistered_key", `expected a key registered for ${teeType}, got another TEE's`);
    }
    const now = this.#options.now();
    const valid = fitting.find((row) => row.valid_until === null || +row.valid_until > now);
    if (valid === undefined) refuse("attestation_expired", "expected an attestation valid now");
    return { digest: valid.digest };
  }

  /** The policy may have been narrowed since the registration: what is stored is judged again, now and then. */
  async requireAccepted(publicKey: Uint8Array, attestation: ValidAttestation): Promise<void> {
    const name = toHex(attestation.digest);
    const now = this.#options.now();
    if ((this.#accepted.get(name) ?? 0) > now) return;
    const { attestation: quote } = await this.#options.db
      .selectFrom("tee_attestations")
      .select("attestation")
      .where("pubkey", "=", publicKey)
      .where("digest", "=", attestation.digest)
      .executeTakeFirstOrThrow();
    await this.#judge(quote);
    if (this.#accepted.size >= VERDICTS_MAX) this.#accepted.clear();
    this.#accepted.set(name, now + VERDICT_MS);
  }

  /** Revokes every attestation of a key. False if the key is unknown. */
  async revoke(publicKey: Uint8Array): Promise<boolean> {
    const rows = await this.#locked((transaction) =>
      transaction
        .updateTable("tee_attestations")
        .set({ revoked_at: this.#options.clock() })
        .where("pubkey", "=", publicKey)
        .returning("digest")
        .execute(),
    );
    for (const row of rows) this.#accepted.delete(toHex(row.digest));
    return rows.length > 0;
  }

  /** One change at a time: a registration beside a revocation would bring a quote that it does not see. */
  #locked<T>(change: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#options.db.transaction().execute(async (transaction) => {
      await sql`SELECT pg_advisory_xact_lock(${LOCKS.attestations})`.execute(transaction);
      return change(transaction);
    });
  }

  #mayProve(attested: TeeType, wanted: TeeType): boolean {
    if (attested === wanted) return true;
    return attested === "simulation" && this.#options.simulationProvesLegacy;
  }

  async #judge(quote: Uint8Array): Promise<JudgedQuote> {
    try {
      return await this.#options.judge.judge(quote);
    } catch (error) {
      if (!isRefusedQuote(error)) throw error;
      return refuse("attestation_rejected", `${error.code}: ${error.message}`, error);
    }
  }
}

function attestationsOf(db: Kysely<Tables>, publicKey: Uint8Array) {
  return db
    .selectFrom("tee_attestations")
    .select(["digest", "tee_type", "valid_until", "revoked_at"])
    .where("pubkey", "=", publicKey)
    .orderBy("created_at", "desc")
    .execute();
}
