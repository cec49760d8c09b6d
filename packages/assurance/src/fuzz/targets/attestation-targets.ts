// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { dcapCollateralFromText } from "@zeta/attestation/dcap/collateral";
import { readPckPlatform } from "@zeta/attestation/dcap/pck-certificate";
import { parseQeIdentity } from "@zeta/attestation/dcap/qe-identity";
import { parseQuote } from "@zeta/attestation/dcap/quote";
import { parseSgxReport } from "@zeta/attestation/dcap/sgx-report";
import { parseTcbInfo, readComponentLevels } from "@zeta/attestation/dcap/tcb-info";
import { parseTdReport } from "@zeta/attestation/dcap/td-report";
import { snpCollateralFromText, snpCollateralToText } from "@zeta/attestation/fetch/amd-collateral";
import { parseRevocationList } from "@zeta/attestation/pki/crl";
import { readWhole } from "@zeta/attestation/pki/der";
import { pemBlocks } from "@zeta/attestation/pki/pem";
import {
  parseCertificate,
  readExtensions,
  readPublicKey,
  readSigned,
} from "@zeta/attestation/pki/x509";
import { parsePolicyFile, parseServicePolicyFile } from "@zeta/attestation/policy-file";
import { verifySimulationQuote } from "@zeta/attestation/simulation";
import {
  parseCertificateTable,
  snpCollateralFromPem,
  snpCollateralFromTable,
} from "@zeta/attestation/snp/snp-collateral";
import { parseSnpReport } from "@zeta/attestation/snp/snp-report";
import { decodeSnpTcb } from "@zeta/attestation/snp/snp-tcb";
import { readVekFacts } from "@zeta/attestation/snp/vek-certificate";
import { concatBytes, utf8 } from "@zeta/protocol/bytes";
import { fromHex } from "@zeta/protocol/hex";
import type { Samples } from "../samples.ts";
import { type ByteTarget, bytewise, type JsonTarget, silent } from "../target.ts";

const FIXTURES = new URL("../../../../attestation/test/fixtures/", import.meta.url);
const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, FIXTURES)));
const textOf = (path: string): string => readFileSync(new URL(path, FIXTURES), "utf8");

const POLICY = `version: 1
sgx:
  measurements:
    - mrEnclave: "${"0a".repeat(32)}"
`;

/** Quotes, certificates and revocation lists, from real ones. */
export function attestationByteTargets({ attestation }: Samples): ByteTarget[] {
  const quotes = ["sgx-v3/phala", "tdx-v4/phala", "tdx-v5/google"].map((id) =>
    bytesOf(`${id}/quote.bin`),
  );
  return [
    {
      name: "simulated quote",
      decoders: [verifySimulationQuote],
      samples: [fromHex(attestation.quote)],
      recode: bytewise(verifySimulationQuote),
    },
    {
      name: "DCAP quote",
      decoders: [parseQuote, parseSgxReport, parseTdReport],
      samples: quotes,
      recode: bytewise(parseQuote),
    },
    {
      name: "SEV-SNP report",
      decoders: [parseSnpReport, decodeSnpTcb],
      samples: [bytesOf("sev-snp/microsoft-milan/report.bin")],
      recode: bytewise(parseSnpReport),
    },
    {
      name: "certificate table",
      decoders: [parseCertificateTable, snpCollateralFromTable],
      samples: [certificateTable()],
      recode: bytewise(snpCollateralFromTable),
    },
    ...certificateTargets(quotes),
  ];
}

function certificateTargets([sgx = new Uint8Array()]: readonly Uint8Array[]): ByteTarget[] {
  const parts = [parseCertificate, readWhole, readSigned, readPublicKey, readExtensions];
  const pem = Buffer.from(parseQuote(sgx).qe.certificationData).toString("latin1");
  const [leaf = new Uint8Array(), issuer = leaf] = pemBlocks(pem.replace(/\0+$/, ""), {
    ...{ label: "CERTIFICATE", max: 3, code: "CERTIFICATE_MALFORMED" },
  });
  const above = parseCertificate(issuer);
  const { pckCrl, rootCrl } = dcapCollateralFromText(textOf("sgx-v3/phala/collateral.json"));
  return [
    {
      name: "PCK certificate",
      decoders: [...parts, readPckPlatform],
      samples: [leaf],
      recode: bytewise((bytes) => readPckPlatform(parseCertificate(bytes), above)),
    },
    {
      name: "VCEK certificate",
      decoders: [...parts, readVekFacts],
      samples: [milan().vek],
      recode: bytewise((bytes) => readVekFacts(parseCertificate(bytes))),
    },
    {
      name: "revocation list",
      decoders: [parseRevocationList],
      samples: [pckCrl, rootCrl],
      recode: bytewise(parseRevocationList),
    },
    {
      name: "certificates in PEM",
      decoders: [snpCollateralFromPem],
      samples: [utf8(milanPem().vek)],
      recode: bytewise((bytes) =>
        snpCollateralFromPem({ ...milanPem(), vek: Buffer.from(bytes).toString("latin1") }),
      ),
    },
  ];
}

const milanPem = () => {
  const [vek = "", ask = "", ark = ""] = ["vcek", "ask", "ark"].map((name) =>
    textOf(`sev-snp/microsoft-milan/${name}.pem`),
  );
  return { vek, ask, ark };
};
const milan = () => snpCollateralFromPem(milanPem());

/** A table of one VCEK (AMD publication 56421): GUID, offset, length; a zero GUID; the certificate. */
function certificateTable(): Uint8Array {
  const { vek } = milan();
  const place = new DataView(new ArrayBuffer(8));
  place.setUint32(0, 48, true);
  place.setUint32(4, vek.length, true);
  const entry = concatBytes(
    fromHex("8d75da6364e66445adc5f4b93be8accd"),
    new Uint8Array(place.buffer),
  );
  return concatBytes(entry, new Uint8Array(24), vek);
}

/** Collateral and policies: JSON whose texts are signed or written by hand. */
export function attestationJsonTargets(): JsonTarget[] {
  const dcap = textOf("sgx-v3/phala/collateral.json");
  const { tcbInfo, qeIdentity } = dcapCollateralFromText(dcap);
  const ofText = (read: (text: string) => unknown) =>
    silent((value) => read(JSON.stringify(value) ?? ""));
  const policy = (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    parsePolicyFile(text ?? "");
    parseServicePolicyFile(text ?? "");
  };
  return [
    {
      name: "DCAP collateral",
      decoders: [dcapCollateralFromText],
      samples: [JSON.parse(dcap)],
      recode: ofText(dcapCollateralFromText),
    },
    {
      name: "TCB info",
      decoders: [parseTcbInfo, readComponentLevels],
      samples: [JSON.parse(tcbInfo.text)],
      recode: ofText(parseTcbInfo),
    },
    {
      name: "QE identity",
      decoders: [parseQeIdentity],
      samples: [JSON.parse(qeIdentity.text)],
      recode: ofText(parseQeIdentity),
    },
    {
      name: "SEV-SNP collateral",
      decoders: [snpCollateralFromText],
      samples: [JSON.parse(snpCollateralToText(milan()))],
      recode: ofText(snpCollateralFromText),
    },
    {
      name: "policy file",
      decoders: [parsePolicyFile, parseServicePolicyFile],
      samples: [POLICY, { version: 1, allowSimulation: true }],
      recode: silent(policy),
    },
  ];
}
