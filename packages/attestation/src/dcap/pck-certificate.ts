// SPDX-License-Identifier: Apache-2.0
/**
 * What Intel writes about a platform into its PCK certificate (extension 1.2.840.113741.1.13.1).
 */

import { toHex } from "@zeta/protocol/hex";
import { refuse, refusing } from "../error.ts";
import { DerReader, readWhole, smallNumber, TAG, unsignedContent } from "../pki/der.ts";
import type { Certificate } from "../pki/x509.ts";

export interface PckPlatform {
  /** Lower-case hex. */
  readonly ppid: string;
  /**
   * Family-Model-Stepping-Platform-CustomSKU, lower-case hex of 6 bytes: which TCB info is this
   * platform's.
   */
  readonly fmspc: string;
  readonly pceId: string;
  /** The 16 component security versions, 0..255. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  readonly sgxType: "standard" | "scalable" | "scalable-with-integrity";
  /** Hex of 16 bytes; null on platforms of one package, whose certificates have none. */
  readonly platformInstanceId: string | null;
  /** Intel's "Processor CA" or "Platform CA" issued it. */
  readonly issuer: "processor" | "platform";
}

const SGX_EXTENSIONS = "1.2.840.113741.1.13.1";
const COMPONENTS = 16;
const SGX_TYPES = ["standard", "scalable", "scalable-with-integrity"] as const;

/** Reads the platform from a verified PCK certificate. Throws `CERTIFICATE_MALFORMED`. */
export function readPckPlatform(leaf: Certificate, issuer: Certificate): PckPlatform {
  const extension = leaf.extensions.get(SGX_EXTENSIONS);
  if (extension === undefined) {
    return refuse(
      "CERTIFICATE_MALFORMED",
      `expected the SGX extension ${SGX_EXTENSIONS}, got none`,
    );
  }
  const { value } = extension;
  return refusing("CERTIFICATE_MALFORMED", "an SGX extension of known form", () => {
    const fields = readFields(readWhole(value, TAG.sequence, "the SGX extension").content);
    const tcb = readFields(field(fields, "2").content);
    const instance = fields.get(`${SGX_EXTENSIONS}.6`);
    const sgxType = SGX_TYPES[smallNumber(unsignedContent(field(fields, "5").content))];
    if (sgxType === undefined) return refuse("DER_MALFORMED", "expected SGX type 0, 1 or 2");
    return {
      ppid: octets(field(fields, "1"), 16),
      fmspc: octets(field(fields, "4"), 6),
      pceId: octets(field(fields, "3"), 2),
      componentSvns: Array.from({ length: COMPONENTS }, (_, index) =>
        securityVersion(field(tcb, `2.${index + 1}`), 0xff),
      ),
      pceSvn: securityVersion(field(tcb, "2.17"), 0xffff),
      sgxType,
      platformInstanceId: instance === undefined ? null : octets(instance, 16),
      issuer: issuerKind(issuer.commonName),
    };
  });
}

type Value = { readonly tag: number; readonly content: Uint8Array };
type Fields = ReadonlyMap<string, Value>;

/** SEQUENCE OF { OID, value } by full OID; each at most once. */
function readFields(content: Uint8Array): Fields {
  const reader = new DerReader(content);
  const fields = new Map<string, Value>();
  while (!reader.done) {
    const pair = reader.enter();
    const oid = pair.oid();
    const value = pair.any();
    pair.end("the field");
    if (fields.has(oid)) refuse("DER_MALFORMED", `expected field ${oid} once, got it again`);
    fields.set(oid, value);
  }
  return fields;
}

function field(fields: Fields, suffix: string): Value {
  const value = fields.get(`${SGX_EXTENSIONS}.${suffix}`);
  return value ?? refuse("DER_MALFORMED", `expected field ${SGX_EXTENSIONS}.${suffix}, got none`);
}

function octets(value: Value, length: number): string {
  if (value.tag !== TAG.octetString || value.content.length !== length) {
    refuse("DER_MALFORMED", `expected an octet string of ${length} bytes`);
  }
  return toHex(value.content);
}

function securityVersion(value: Value, max: number): number {
  const number = value.tag === TAG.integer ? smallNumber(unsignedContent(value.content)) : -1;
  if (number < 0 || number > max) {
    refuse("DER_MALFORMED", `expected a security version of 0..${max}, got ${number}`);
  }
  return number;
}

function issuerKind(commonName: string): "processor" | "platform" {
  if (commonName === "Intel SGX PCK Processor CA") return "processor";
  if (commonName === "Intel SGX PCK Platform CA") return "platform";
  return refuse("CERTIFICATE_MALFORMED", `expected a PCK CA of Intel, got ${commonName}`);
}
