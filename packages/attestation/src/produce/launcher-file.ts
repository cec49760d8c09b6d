// SPDX-License-Identifier: Apache-2.0
/**
 * A key and a quote made by a launcher before this process started, handed over in the environment:
 * `<P>SIGNING_KEY` (64 hex digits), `<P>ATTESTATION_QUOTE_FILE_PATH`, `<P>TEE_TYPE` (sgx, tdx or
 * none). Launchers carry on when they could not get a quote (an empty file, type none): that is "no
 * attestation" here and never taken for one.
 */

import { fromHex } from "@zeta/protocol/hex";
import { publicKeyOf } from "@zeta/protocol/signature";
import { parseQuote, type Quote } from "../dcap/quote.ts";
import { isAttestationError, refuse } from "../error.ts";
import { teeOf } from "../evidence.ts";
import { QUOTE_BYTES_MAX } from "../limits.ts";
import { bindsGateway, ethereumAddressOf, namesKey } from "../report-data.ts";
import { type FileTree, systemCode, systemFileTree } from "./file-tree.ts";

export interface LauncherHandover {
  /** 32 bytes. Keep it out of logs. */
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** 20 bytes. */
  readonly address: Uint8Array;
  /** Null: the launcher has no attestation to offer. */
  readonly attestation: { readonly tee: "sgx" | "tdx"; readonly quote: Uint8Array } | null;
}

export interface LauncherOptions {
  /** The environment; the signing key is deleted from it at once. */
  readonly environment: Record<string, string | undefined>;
  readonly prefix: string;
  readonly files?: FileTree;
}

/**
 * Throws `TEE_UNAVAILABLE` when there is no launcher, `PRODUCER_FAILED` when what it left does not
 * hold together.
 */
export async function readLauncherHandover(options: LauncherOptions): Promise<LauncherHandover> {
  const { environment, prefix } = options;
  const keyText = environment[`${prefix}SIGNING_KEY`];
  // Children and crash reports inherit the environment: the key must not stay there, whatever
  // happens next.
  delete environment[`${prefix}SIGNING_KEY`];
  if (keyText === undefined) {
    return refuse("TEE_UNAVAILABLE", `expected ${prefix}SIGNING_KEY in the environment, got none`);
  }
  const secretKey = readKey(keyText);
  const publicKey = publicKeyOf(secretKey);
  const address = ethereumAddressOf(publicKey);
  const keys = { secretKey, publicKey, address };
  const tee = environment[`${prefix}TEE_TYPE`] ?? "none";
  if (tee === "none") return { ...keys, attestation: null };
  if (tee !== "sgx" && tee !== "tdx") {
    return refuse(
      "PRODUCER_FAILED",
      `expected TEE type sgx, tdx or none, got ${JSON.stringify(tee)}`,
    );
  }
  const blob = await readQuoteFile(environment[`${prefix}ATTESTATION_QUOTE_FILE_PATH`], options);
  if (blob.length === 0) return { ...keys, attestation: null };
  const quote = parseLeft(blob, tee);
  const bound = quote.report.reportData;
  if (!bindsGateway(bound, publicKey) && !namesKey(bound, publicKey)) {
    refuse("PRODUCER_FAILED", "expected the quote to bind the signing key, got another");
  }
  return { ...keys, attestation: { tee, quote: quote.bytes } };
}

/** Never says what it got: it may be a key with a typing error. */
function readKey(text: string): Uint8Array {
  const isHex = /^[0-9a-f]{64}$/.test(text);
  const secretKey = isHex ? fromHex(text) : null;
  if (secretKey === null || !isScalar(secretKey)) {
    return refuse("PRODUCER_FAILED", "expected a secp256k1 key of 64 lower-case hex digits");
  }
  return secretKey;
}

function isScalar(secretKey: Uint8Array): boolean {
  try {
    publicKeyOf(secretKey);
    return true;
  } catch {
    // Zero, or not below the curve's order.
    return false;
  }
}

async function readQuoteFile(
  path: string | undefined,
  options: LauncherOptions,
): Promise<Uint8Array> {
  if (path === undefined)
    return refuse("PRODUCER_FAILED", "expected the path of a quote file, got none");
  try {
    return await (options.files ?? systemFileTree).read(path, QUOTE_BYTES_MAX);
  } catch (error) {
    return refuse("PRODUCER_FAILED", `expected a quote file, got ${systemCode(error)}`, error);
  }
}

/** The file lies in a directory everybody can write to: what it holds is checked like any quote. */
function parseLeft(blob: Uint8Array, tee: "sgx" | "tdx"): Quote {
  const found = teeOf(blob);
  if (found !== tee)
    refuse("PRODUCER_FAILED", `expected a quote of ${tee}, got ${found ?? "none"}`);
  try {
    return parseQuote(blob);
  } catch (error) {
    if (!isAttestationError(error)) throw error;
    return refuse("PRODUCER_FAILED", `expected a well-formed quote: ${error.message}`, error);
  }
}
