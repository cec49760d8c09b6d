// SPDX-License-Identifier: Apache-2.0
/**
 * A small world with an Intel of its own: root, PCK CA, PCK, TCB signer, quoting enclave,
 * collateral and quotes. Everything is right unless a test changes it, so that each refusal can be
 * provoked alone.
 */

import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { fromHex } from "@zeta/protocol/hex";
import type { DcapCollateral, SignedJson } from "../../src/dcap/collateral.ts";
import { TRUST_ANCHORS, type TrustAnchors } from "../../src/trust-anchors.ts";
import { seededRandom } from "./random.ts";
import {
  type CertificateRequest,
  certificate,
  ecKey,
  type ListRequest,
  pem,
  revocationList,
  sgxExtension,
  YEAR,
} from "./test-pki.ts";

const random = seededRandom(2026);
const keys = {
  root: ecKey("P-256", random.bytes(48)),
  authority: ecKey("P-256", random.bytes(48)),
  pck: ecKey("P-256", random.bytes(48)),
  signer: ecKey("P-256", random.bytes(48)),
  attestation: ecKey("P-256", random.bytes(48)),
  stranger: ecKey("P-256", random.bytes(48)),
};
export const worldKeys = keys;

/** The world's present. */
export const NOW = Date.UTC(2026, 0, 15);
const DAY = 86_400_000;

export const SERIAL = {
  authority: fromHex("00b1"),
  pck: fromHex("c2"),
  signer: fromHex("7f03"),
} as const;

type Json = Record<string, unknown>;

export interface WorldChanges {
  /** 3: SGX; 4: SGX or TDX; 5: SGX, TD 1.0 or TD 1.5. */
  readonly version?: 3 | 4 | 5;
  readonly body?: "sgx" | "td10" | "td15";
  readonly certificates?: Partial<
    Record<"root" | "authority" | "pck" | "signer", Partial<CertificateRequest>>
  >;
  readonly lists?: Partial<Record<"root" | "pck", Partial<ListRequest>>>;
  readonly platform?: Partial<Parameters<typeof sgxExtension>[0]>;
  readonly pckExtensions?: readonly Uint8Array[];
  readonly tcbInfo?: Json;
  readonly qeIdentity?: Json;
  /** Change the bytes before they are signed. */
  readonly report?: (body: Uint8Array) => void;
  readonly qeReport?: (body: Uint8Array) => void;
  readonly header?: (header: Uint8Array) => void;
  readonly qeAuthData?: Uint8Array;
  /** How the chain stands in the quote. */
  readonly chain?: (root: Uint8Array, authority: Uint8Array, pck: Uint8Array) => string;
  readonly certificationType?: number;
  /** Signs the quote (by default the attestation key). */
  readonly quoteSigner?: keyof typeof keys;
  readonly qeSigner?: keyof typeof keys;
  readonly jsonSigner?: keyof typeof keys;
}

export interface World {
  readonly quote: Uint8Array;
  readonly collateral: DcapCollateral;
  readonly anchors: TrustAnchors;
  readonly at: Date;
}

const BODY_BYTES = { sgx: 384, td10: 584, td15: 648 } as const;
const BODY_TYPE = { sgx: 1, td10: 2, td15: 3 } as const;
const FMSPC = "00906ed50000";

export function world(changes: WorldChanges = {}): World {
  const body = changes.body ?? "sgx";
  const certificates = makeCertificates(changes);
  const issuerChain = pem(certificates.signer, certificates.root);
  const sign = (json: Json): SignedJson => {
    const text = JSON.stringify(json);
    return {
      text,
      signature: keys[changes.jsonSigner ?? "signer"].signRaw(utf8(text)),
      issuerChain,
    };
  };
  const list = (which: "root" | "pck", issuer: string, signer: "root" | "authority"): Uint8Array =>
    revocationList({
      issuer,
      signer: keys[signer],
      thisUpdate: NOW - DAY,
      nextUpdate: NOW + 30 * DAY,
      ...changes.lists?.[which],
    });
  return {
    quote: makeQuote(changes, certificates),
    collateral: {
      kind: "dcap",
      tcbInfo: sign({ ...tcbInfo(body === "sgx" ? "SGX" : "TDX"), ...changes.tcbInfo }),
      qeIdentity: sign({ ...qeIdentity(body === "sgx" ? "QE" : "TD_QE"), ...changes.qeIdentity }),
      rootCrl: list("root", "Intel SGX Root CA", "root"),
      pckCrl: list("pck", "Intel SGX PCK Processor CA", "authority"),
      pckChain: null,
    },
    anchors: { ...TRUST_ANCHORS, intel: [keys.root.publicKey] },
    at: new Date(NOW),
  };
}

function makeCertificates(changes: WorldChanges) {
  const dates = { notBefore: NOW - YEAR, notAfter: NOW + YEAR };
  const platform = {
    fmspc: FMSPC,
    pceId: "0000",
    componentSvns: new Array<number>(16).fill(5),
    pceSvn: 11,
  };
  const make = (
    which: keyof NonNullable<WorldChanges["certificates"]>,
    request: CertificateRequest,
  ): Uint8Array => certificate({ ...request, ...changes.certificates?.[which] });
  const root = "Intel SGX Root CA";
  const authority = "Intel SGX PCK Processor CA";
  const from = { ...dates, issuer: root, signer: keys.root };
  const asAuthority = { authority: true, usage: 0x06 };
  return {
    root: make("root", { ...from, ...asAuthority, subject: root, key: keys.root, pathLength: 1 }),
    authority: make("authority", {
      ...{ ...from, ...asAuthority, subject: authority, key: keys.authority, pathLength: 0 },
      serial: SERIAL.authority,
    }),
    signer: make("signer", {
      ...{ ...from, subject: "Intel SGX TCB Signing", key: keys.signer, usage: 0xc0 },
      serial: SERIAL.signer,
    }),
    pck: make("pck", {
      ...{
        ...dates,
        issuer: authority,
        signer: keys.authority,
        subject: "Intel SGX PCK Certificate",
      },
      ...{ key: keys.pck, usage: 0xc0, serial: SERIAL.pck },
      extensions: changes.pckExtensions ?? [sgxExtension({ ...platform, ...changes.platform })],
    }),
  };
}

function makeQuote(
  changes: WorldChanges,
  certificates: ReturnType<typeof makeCertificates>,
): Uint8Array {
  const version = changes.version ?? 3;
  const kind = changes.body ?? "sgx";
  const header = new Uint8Array(48);
  header.set([version, 0, 2, 0, kind === "sgx" ? 0 : 0x81]);
  header.set(fromHex("939a7233f79c4ca9940a0db3957f0607"), 12);
  changes.header?.(header);
  const body = new Uint8Array(BODY_BYTES[kind]);
  if (kind !== "sgx") body.set([4, 1, 6], 0);
  changes.report?.(body);
  const descriptor =
    version === 5 ? concatBytes(u16(BODY_TYPE[kind]), u32(body.length)) : new Uint8Array(0);
  const signed = concatBytes(header, descriptor, body);
  const signature = keys[changes.quoteSigner ?? "attestation"].signRaw(signed);
  const auth = concatBytes(
    signature,
    attestationPoint(),
    certification(changes, version, certificates),
  );
  return concatBytes(signed, u32(auth.length), auth);
}

function attestationPoint(): Uint8Array {
  const { publicKey } = keys.attestation;
  return publicKey.kind === "ec" ? publicKey.point.slice(1) : new Uint8Array(64);
}

function certification(
  changes: WorldChanges,
  version: number,
  certificates: ReturnType<typeof makeCertificates>,
): Uint8Array {
  const authData = changes.qeAuthData ?? new Uint8Array(32).fill(0x20);
  const report = new Uint8Array(384);
  report.set(fromHex("1100000000000000e700000000000000"), 48);
  report.set(new Uint8Array(32).fill(0x8c), 128);
  report.set(u16(2), 256);
  report.set(u16(4), 258);
  report.set(sha256(concatBytes(attestationPoint(), authData)), 320);
  changes.qeReport?.(report);
  const { root, authority, pck } = certificates;
  const chain = utf8(changes.chain?.(root, authority, pck) ?? `${pem(pck, authority, root)}\0`);
  const inner = concatBytes(
    report,
    keys[changes.qeSigner ?? "pck"].signRaw(report),
    ...[
      u16(authData.length),
      authData,
      u16(changes.certificationType ?? 5),
      u32(chain.length),
      chain,
    ],
  );
  return version === 3 ? inner : concatBytes(u16(6), u32(inner.length), inner);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
}

const dated = {
  issueDate: "2026-01-14T00:00:00Z",
  nextUpdate: "2026-02-13T00:00:00Z",
  tcbEvaluationDataNumber: 20,
};

function components(svn: number): Json[] {
  return Array.from({ length: 16 }, () => ({ svn }));
}

/** A platform level with every component at `svn`. */
export function platformLevel(
  svn: number,
  tcbStatus: string,
  tdx: boolean,
  advisoryIDs: string[] = [],
): Json {
  const tdxtcbcomponents = Array.from({ length: 16 }, (_, index) => ({ svn: index < 3 ? svn : 0 }));
  return {
    tcb: { sgxtcbcomponents: components(svn), pcesvn: 11, ...(tdx ? { tdxtcbcomponents } : {}) },
    tcbDate: "2025-01-01T00:00:00Z",
    tcbStatus,
    advisoryIDs,
  };
}

/** A level of the quoting enclave or the TDX module. */
export function componentLevel(
  isvsvn: number,
  tcbStatus: string,
  advisoryIDs: string[] = [],
): Json {
  return { tcb: { isvsvn }, tcbDate: "2025-01-01T00:00:00Z", tcbStatus, advisoryIDs };
}

export const MODULE = {
  mrsigner: "00".repeat(48),
  attributes: "00".repeat(8),
  attributesMask: "FF".repeat(8),
} as const;

function tcbInfo(id: "SGX" | "TDX"): Json {
  const tdx = id === "TDX";
  const modules = {
    tdxModule: MODULE,
    tdxModuleIdentities: [{ id: "TDX_01", ...MODULE, tcbLevels: [componentLevel(4, "UpToDate")] }],
  };
  return {
    ...{ id, version: 3, ...dated, fmspc: FMSPC.toUpperCase(), pceId: "0000", tcbType: 0 },
    ...(tdx ? modules : {}),
    tcbLevels: [
      platformLevel(5, "UpToDate", tdx),
      platformLevel(2, "OutOfDate", tdx, ["INTEL-SA-00001"]),
    ],
  };
}

function qeIdentity(id: "QE" | "TD_QE"): Json {
  return {
    ...{ id, version: 2, ...dated, miscselect: "00000000", miscselectMask: "FFFFFFFF" },
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: "8C".repeat(32),
    isvprodid: 2,
    tcbLevels: [componentLevel(4, "UpToDate"), componentLevel(1, "OutOfDate", ["INTEL-SA-00002"])],
  };
}
