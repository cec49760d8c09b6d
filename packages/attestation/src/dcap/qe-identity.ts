// SPDX-License-Identifier: Apache-2.0
/**
 * Intel's identity of its quoting enclave, and the check that the enclave in a quote is that one.
 */

import { equalBytes } from "@zeta/protocol/bytes";
import { refuse } from "../error.ts";
import { JsonNode } from "../json-node.ts";
import type { QuotingEnclave } from "./quote.ts";
import { type ComponentLevel, readComponentLevels } from "./tcb-info.ts";

export interface QeIdentity {
  readonly id: "QE" | "TD_QE";
  /** Unix milliseconds. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly evaluationNumber: number;
  /** Masks and values in the byte order of the report. */
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly productId: number;
  readonly levels: readonly ComponentLevel[];
}

const CODE = "COLLATERAL_MALFORMED";
const MISC_SELECT_OFFSET = 16;

/** Parses the verified text. Throws `COLLATERAL_MALFORMED`. */
export function parseQeIdentity(text: string): QeIdentity {
  const node = JsonNode.parse(text, "enclaveIdentity", CODE);
  const version = node.member("version").integer(0xffff);
  if (version !== 2) refuse(CODE, `expected QE identity version 2, got ${version}`);
  return {
    id: node.member("id").oneOf(["QE", "TD_QE"] as const),
    issueDate: node.member("issueDate").time(),
    nextUpdate: node.member("nextUpdate").time(),
    evaluationNumber: node.member("tcbEvaluationDataNumber").integer(0xffff),
    miscSelect: node.member("miscselect").hex(4),
    miscSelectMask: node.member("miscselectMask").hex(4),
    attributes: node.member("attributes").hex(16),
    attributesMask: node.member("attributesMask").hex(16),
    mrSigner: node.member("mrsigner").hex(32),
    productId: node.member("isvprodid").integer(0xffff),
    levels: readComponentLevels(node),
  };
}

/**
 * Is the enclave that made the quote Intel's? Without this anybody's enclave on a genuine platform
 * could vouch for any key. Throws `QE_IDENTITY_MISMATCH`. The debug flag is inside the attributes'
 * mask.
 */
export function checkQeIdentity(qe: QuotingEnclave, identity: QeIdentity): void {
  const { report, reportBytes } = qe;
  const miscSelect = reportBytes.subarray(MISC_SELECT_OFFSET, MISC_SELECT_OFFSET + 4);
  const failed = [
    [equalBytes(report.mrSigner, identity.mrSigner), "MRSIGNER"],
    [report.productId === identity.productId, "ISVPRODID"],
    [equalMasked(miscSelect, identity.miscSelectMask, identity.miscSelect), "MISCSELECT"],
    [equalMasked(report.attributes, identity.attributesMask, identity.attributes), "ATTRIBUTES"],
  ].filter(([holds]) => !holds);
  if (failed.length > 0) {
    const names = failed.map(([, name]) => name).join(", ");
    refuse("QE_IDENTITY_MISMATCH", `expected Intel's quoting enclave, got another ${names}`);
  }
}

/** (value & mask) == expected, byte by byte: 32-bit operators on larger words would go negative. */
export function equalMasked(value: Uint8Array, mask: Uint8Array, expected: Uint8Array): boolean {
  return equalBytes(
    value.map((byte, index) => byte & (mask[index] ?? 0)),
    expected,
  );
}
