// SPDX-License-Identifier: Apache-2.0
/**
 * What Intel publishes about a platform, as it is handed to the verifier: signed JSON texts with
 * the chains of their signer, and revocation lists. Nothing here is believed before the verifier
 * has checked signature and date.
 */

import { toHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { JsonNode } from "../json-node.ts";
import { COLLATERAL_BYTES_MAX, SIGNED_JSON_BYTES_MAX } from "../limits.ts";

/** A JSON text exactly as signed: never parsed and written again, or the signature is lost. */
export interface SignedJson {
  readonly text: string;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** PEM: the signing certificate and the root. */
  readonly issuerChain: string;
}

export interface DcapCollateral {
  readonly kind: "dcap";
  readonly tcbInfo: SignedJson;
  readonly qeIdentity: SignedJson;
  /** DER. */
  readonly rootCrl: Uint8Array;
  readonly pckCrl: Uint8Array;
  /**
   * PEM: needed only for quotes that do not carry the PCK chain themselves (certification types 1
   * to 3).
   */
  readonly pckChain: string | null;
}

/**
 * The JSON file form: `tcb_info`, `tcb_info_signature`, `tcb_info_issuer_chain`, the same three of
 * `qe_identity`, `root_ca_crl` and `pck_crl` in hex, optionally `pck_certificate_chain`. Other
 * members are ignored. Throws `COLLATERAL_MALFORMED`.
 */
export function dcapCollateralFromText(text: string): DcapCollateral {
  if (text.length > COLLATERAL_BYTES_MAX) {
    refuse("COLLATERAL_MALFORMED", `expected at most ${COLLATERAL_BYTES_MAX} characters`);
  }
  const node = JsonNode.parse(text, "collateral", "COLLATERAL_MALFORMED");
  return {
    kind: "dcap",
    tcbInfo: signedJson(node, "tcb_info"),
    qeIdentity: signedJson(node, "qe_identity"),
    rootCrl: node.member("root_ca_crl").hex(),
    pckCrl: node.member("pck_crl").hex(),
    pckChain: node.optional("pck_certificate_chain")?.string() ?? null,
  };
}

function signedJson(node: JsonNode, name: string): SignedJson {
  const text = node.member(name).string();
  if (text.length > SIGNED_JSON_BYTES_MAX) {
    refuse("COLLATERAL_MALFORMED", `expected at most ${SIGNED_JSON_BYTES_MAX} bytes of ${name}`);
  }
  return {
    text,
    signature: node.member(`${name}_signature`).hex(64),
    issuerChain: node.member(`${name}_issuer_chain`).string(),
  };
}

/** The inverse of {@link dcapCollateralFromText}. */
export function dcapCollateralToText(collateral: DcapCollateral): string {
  const { tcbInfo, qeIdentity, pckChain } = collateral;
  return JSON.stringify({
    tcb_info: tcbInfo.text,
    tcb_info_signature: toHex(tcbInfo.signature),
    tcb_info_issuer_chain: tcbInfo.issuerChain,
    qe_identity: qeIdentity.text,
    qe_identity_signature: toHex(qeIdentity.signature),
    qe_identity_issuer_chain: qeIdentity.issuerChain,
    root_ca_crl: toHex(collateral.rootCrl),
    pck_crl: toHex(collateral.pckCrl),
    ...(pckChain === null ? {} : { pck_certificate_chain: pckChain }),
  });
}
