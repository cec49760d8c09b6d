// SPDX-License-Identifier: Apache-2.0
/**
 * Certificate chains of a fixed length that end at a pinned key (RFC 5280 §6, without what such
 * chains never use).
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { refuse } from "../error.ts";
import { equalKeys, type PublicKey } from "./public-key.ts";
import type { SignatureChecker } from "./signatures.ts";
import type { Certificate, Signed } from "./x509.ts";

export interface ChainRequest {
  /** Keys a chain may end at. Names prove nothing: anybody can write them. */
  readonly roots: readonly PublicKey[];
  /** Unix milliseconds. */
  readonly at: number;
  readonly checker: SignatureChecker;
}

/**
 * Puts certificates in order leaf .. root by their names; the order they arrive in is the sender's
 * and means nothing. Throws `CHAIN_INVALID` unless they form one chain of exactly `length`.
 */
export function orderChain(certificates: readonly Certificate[], length: number): Certificate[] {
  if (certificates.length !== length) {
    refuse("CHAIN_INVALID", `expected ${length} certificates, got ${certificates.length}`);
  }
  const issuerOf = (child: Certificate): Certificate | undefined => {
    const found = certificates.filter(
      (one) => one !== child && equalBytes(one.subject, child.issuer),
    );
    return found.length === 1 ? found[0] : undefined;
  };
  const isIssuer = (one: Certificate): boolean =>
    certificates.some((other) => other !== one && equalBytes(other.issuer, one.subject));
  const leaves = certificates.filter((one) => !isIssuer(one));
  const [leaf] = leaves;
  if (leaf === undefined || leaves.length !== 1) {
    return refuse("CHAIN_INVALID", `expected one leaf, got ${leaves.length}`);
  }
  const chain = [leaf];
  while (chain.length < length) {
    const next = issuerOf(chain.at(-1) ?? leaf);
    if (next === undefined || chain.includes(next)) {
      return refuse("CHAIN_INVALID", "expected the names to chain from leaf to root");
    }
    chain.push(next);
  }
  return chain;
}

/**
 * Verifies an ordered chain: the last certificate is self-signed under a pinned key, each other is
 * signed by the next, all are current, issuers are authorities and the leaf is not.
 */
export async function verifyChain(
  chain: readonly Certificate[],
  request: ChainRequest,
): Promise<void> {
  const root = chain.at(-1);
  const leaf = chain.at(0);
  if (root === undefined || leaf === undefined || chain.length < 2) {
    return refuse("CHAIN_INVALID", "expected a chain of at least two certificates");
  }
  if (!request.roots.some((pinned) => equalKeys(pinned, root.publicKey))) {
    refuse("ROOT_NOT_TRUSTED", `expected a pinned root key, got another under ${root.commonName}`);
  }
  if (leaf.isAuthority) refuse("CHAIN_INVALID", "expected a leaf that is no authority");
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? certificate;
    checkAuthority(issuer, Math.min(index, chain.length - 2));
    checkCurrent(certificate, request.at);
    if (!equalBytes(certificate.issuer, issuer.subject)) {
      refuse("CHAIN_INVALID", `expected ${certificate.commonName} to be issued by the next name`);
    }
    if (!(await verifySignedBy(certificate, issuer.publicKey, request.checker))) {
      const who = `${certificate.commonName} signed by ${issuer.commonName}`;
      refuse("CERTIFICATE_SIGNATURE_INVALID", `expected ${who}, got another signature`);
    }
  }
}

/** `below` is the number of authorities between this one and the leaf. */
function checkAuthority(issuer: Certificate, below: number): void {
  if (!issuer.isAuthority || !issuer.mayCertify) {
    refuse("CHAIN_INVALID", `expected ${issuer.commonName} to be an authority that may certify`);
  }
  if (issuer.pathLength !== null && issuer.pathLength < below) {
    refuse("CHAIN_INVALID", `expected at most ${issuer.pathLength} authorities below`);
  }
}

function checkCurrent(certificate: Certificate, at: number): void {
  if (certificate.notBefore <= at && at <= certificate.notAfter) return;
  const time = new Date(at).toISOString();
  refuse("CERTIFICATE_NOT_CURRENT", `expected ${certificate.commonName} to be valid at ${time}`);
}

/** Did this key sign it, with the algorithm that belongs to the key? */
export async function verifySignedBy(
  signed: Signed,
  key: PublicKey,
  checker: SignatureChecker,
): Promise<boolean> {
  if (signed.algorithm !== (key.kind === "rsa" ? "RSA-PSS" : key.curve)) return false;
  return checker.verify(key, signed.signature, signed.signedBytes);
}
