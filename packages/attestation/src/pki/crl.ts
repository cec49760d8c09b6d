// SPDX-License-Identifier: Apache-2.0
/**
 * Certificate revocation lists (RFC 5280 §5): complete, direct ones, as Intel and AMD publish them.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { toHex } from "@zeta/protocol/hex";
import { refuse, refusing } from "../error.ts";
import { verifySignedBy } from "./chain.ts";
import { contextTag, DerReader, readWhole, TAG } from "./der.ts";
import type { SignatureChecker } from "./signatures.ts";
import { type Certificate, readExtensions, readSigned, type Signed } from "./x509.ts";

export interface RevocationList extends Signed {
  readonly issuer: Uint8Array;
  /** Unix milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Serials in the form of {@link Certificate.serial}. */
  readonly revoked: ReadonlySet<string>;
}

/** Intel's longest list is 3 KiB today; a list of 20 000 entries still fits. */
const CRL_BYTES_MAX = 1 << 20;

/**
 * Parses a list. Throws `CRL_MALFORMED`; a list without an end of validity, or of a kind we do not
 * know, is malformed too.
 */
export function parseRevocationList(der: Uint8Array): RevocationList {
  if (der.length > CRL_BYTES_MAX) {
    refuse("CRL_MALFORMED", `expected at most ${CRL_BYTES_MAX} bytes, got ${der.length}`);
  }
  return refusing("CRL_MALFORMED", "a revocation list in DER", () => {
    const { content } = readWhole(der, TAG.sequence, "the revocation list");
    const { body, signed, algorithmId } = readSigned(content);
    const reader = new DerReader(body);
    if (reader.smallInteger() !== 1) refuse("DER_MALFORMED", "expected a list of version 2");
    if (!equalBytes(reader.element(TAG.sequence).whole, algorithmId)) {
      refuse("DER_MALFORMED", "expected the same signature algorithm inside and outside");
    }
    const issuer = reader.element(TAG.sequence).whole;
    const thisUpdate = reader.time();
    if (!reader.nextIs(TAG.utcTime) && !reader.nextIs(TAG.generalizedTime)) {
      refuse("DER_MALFORMED", "expected the time of the next list, got none");
    }
    const nextUpdate = reader.time();
    const revoked = reader.nextIs(TAG.sequence) ? readRevoked(reader.enter()) : new Set<string>();
    if (reader.nextIs(contextTag(0))) refuseCritical(reader.enter(contextTag(0)));
    reader.end("the revocation list");
    return { ...signed, issuer, thisUpdate, nextUpdate, revoked };
  });
}

function readRevoked(list: DerReader): Set<string> {
  const revoked = new Set<string>();
  while (!list.done) {
    const entry = list.enter();
    revoked.add(toHex(entry.unsignedBytes()));
    entry.time();
    if (!entry.done) refuseCriticalIn(entry);
    entry.end("the revoked entry");
  }
  return revoked;
}

/**
 * A critical extension narrows or widens what a list says (partial, indirect, delta): none of those
 * is accepted.
 */
function refuseCritical(wrapper: DerReader): void {
  for (const [oid, { critical }] of readExtensions(wrapper)) {
    if (critical) refuse("DER_MALFORMED", `expected no critical extension, got ${oid}`);
  }
}

/** An entry's extensions stand without the `[0]` of the list's. */
function refuseCriticalIn(entry: DerReader): void {
  const list = entry.element(TAG.sequence).whole;
  refuseCritical(new DerReader(list));
}

/**
 * Authenticates a list: named and signed by `issuer`, and current at `at` (Unix milliseconds). A
 * list that cannot be authenticated says nothing, so it is refused and never treated as empty.
 */
export async function verifyRevocationList(
  list: RevocationList,
  issuer: Certificate,
  at: number,
  checker: SignatureChecker,
): Promise<void> {
  if (!equalBytes(list.issuer, issuer.subject)) {
    refuse("CRL_ISSUER_MISMATCH", `expected a list of ${issuer.commonName}, got another issuer's`);
  }
  if (!issuer.mayRevoke || !(await verifySignedBy(list, issuer.publicKey, checker))) {
    refuse("CRL_SIGNATURE_INVALID", `expected a list signed by ${issuer.commonName}`);
  }
  if (!(list.thisUpdate <= at && at <= list.nextUpdate)) {
    const [from, to] = [list.thisUpdate, list.nextUpdate].map((ms) => new Date(ms).toISOString());
    const time = new Date(at).toISOString();
    refuse("CRL_NOT_CURRENT", `expected a list valid at ${time}, got one of ${from}..${to}`);
  }
}

/** Refuses a certificate whose serial the list of its issuer names. */
export function refuseRevoked(certificate: Certificate, list: RevocationList): void {
  if (!equalBytes(list.issuer, certificate.issuer)) {
    refuse("CRL_ISSUER_MISMATCH", "expected the list of the certificate's own issuer");
  }
  if (list.revoked.has(certificate.serial)) {
    const what = `${certificate.commonName} with serial ${certificate.serial}`;
    refuse("CERTIFICATE_REVOKED", `expected a certificate in force, got a revoked one: ${what}`);
  }
}
