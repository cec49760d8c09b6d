// SPDX-License-Identifier: Apache-2.0
/** Registered quotes of hardware, whose maker is the test's own: one quote in its many forms, and its revocation. */
import { HARDWARE_ONLY_POLICY } from "@zeta/attestation/policy";
import { gatewayReportData } from "@zeta/attestation/report-data";
import { concatBytes } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { publicKeyOf } from "@zeta/protocol/signature";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world } from "../../attestation/test/support/intel-world.ts";
import { Attestations } from "../src/attestations.ts";
import { LOCKS } from "../src/database/locks.ts";
import type { OpenDatabase } from "../src/database/open-database.ts";
import { processClock } from "../src/database/sql-clock.ts";
import { policyQuoteJudge } from "../src/quote-judge.ts";
import { hasRealPostgres, startRealPostgres } from "./support/real-postgres.ts";
import { openTestDatabase, temporaryDirectory } from "./support/server.ts";

/** Order of P-256: with s, its negative signs too. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** Where s of the signature stands in a quote of version 4 with a TD report 1.0. */
const S_OFFSET = 48 + 584 + 4 + 32;

const publicKey = publicKeyOf(new Uint8Array(32).fill(1));
const { quote, collateral, anchors, at } = world({
  version: 4,
  body: "td10",
  report: (body) => body.set(gatewayReportData(publicKey), 520),
});

const padded = concatBytes(quote, new Uint8Array(70));
const negated = withNegativeS(quote);

function withNegativeS(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const s = BigInt(`0x${copy.subarray(S_OFFSET, S_OFFSET + 32).toString("hex")}`);
  copy.write((ORDER - s).toString(16).padStart(64, "0"), S_OFFSET, "hex");
  return new Uint8Array(copy);
}

function makeAttestations(db: OpenDatabase["db"]): Attestations {
  const now = () => at.getTime();
  const collateralOf = async () => collateral;
  const judge = policyQuoteJudge({ policy: HARDWARE_ONLY_POLICY, now, collateralOf, anchors });
  const options = { clock: processClock(now), now, judge, simulationProvesLegacy: false };
  return new Attestations({ db, ...options });
}

describe("forms of one quote", () => {
  const folder = temporaryDirectory();
  let database: OpenDatabase;
  let attestations: Attestations;

  beforeAll(async () => {
    database = await openTestDatabase({ kind: "embedded", directory: folder.path });
    attestations = makeAttestations(database.db);
  });
  afterAll(async () => {
    await database.close();
    folder.remove();
  });

  const register = (form: Uint8Array, additional: boolean) =>
    attestations.register({
      publicKey,
      quote: form,
      teeType: "tdx",
      additional,
      binding: "gateway",
    });

  test("are one attestation of the key, whoever registered which first, and stored without padding", async () => {
    await register(padded, false);
    await register(quote, false);
    await register(negated, false);
    await register(concatBytes(quote, new Uint8Array(9)), true);
    const rows = await database.db.selectFrom("tee_attestations").selectAll().execute();
    expect(rows.map(({ attestation }) => Buffer.compare(attestation, quote))).toEqual([0]);
  });
});

describe.runIf(hasRealPostgres)("a revocation beside a registration", () => {
  test("waits for it, and revokes what it brought", async () => {
    const postgres = await startRealPostgres();
    const url = await postgres.createDatabase();
    const database = await openTestDatabase({ kind: "postgres", url });
    try {
      const { db } = database;
      const attestations = makeAttestations(db);
      let revoked = Promise.resolve(false);
      // A registration, as far as the database sees it, up to its last moment.
      await db.transaction().execute(async (registering) => {
        await sql`SELECT pg_advisory_xact_lock(${LOCKS.attestations})`.execute(registering);
        const row = { pubkey: publicKey, attestation: quote, tee_type: "tdx" as const };
        await registering
          .insertInto("tee_attestations")
          .values({ ...row, digest: sha256(quote), created_at: at })
          .execute();
        revoked = attestations.revoke(publicKey);
        await Promise.race([revoked, isWaiting(db)]);
      });
      expect(await revoked).toBe(true);
      await expect(attestations.requireValid(publicKey, "tdx")).rejects.toThrow("revoked");
    } finally {
      await database.close();
      await postgres.stop();
    }
  });

  async function isWaiting(db: OpenDatabase["db"]): Promise<void> {
    const waiting = sql`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    while ((await waiting.execute(db)).rows.length === 0);
  }
});
