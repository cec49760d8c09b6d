// SPDX-License-Identifier: Apache-2.0
/** Finds the level a platform, its quoting enclave and its TDX module are on. */

import { equalBytes } from "@zeta/protocol/bytes";
import { refuse } from "../error.ts";
import type { PckPlatform } from "./pck-certificate.ts";
import { equalMasked } from "./qe-identity.ts";
import type { ComponentLevel, TcbInfo, TcbLevel } from "./tcb-info.ts";
import type { TdReport } from "./td-report.ts";

/**
 * The first level, from the highest, that the platform reaches in every component. SGX components
 * come from the PCK certificate; TDX components from the report. Throws `TCB_NOT_SUPPORTED` if it
 * reaches none.
 */
export function matchPlatformLevel(
  info: TcbInfo,
  platform: PckPlatform,
  td: TdReport | null,
): TcbLevel {
  const level = info.levels.find(
    (candidate) =>
      reaches(platform.componentSvns, candidate.sgxComponents, 0) &&
      platform.pceSvn >= candidate.pceSvn &&
      (td === null || reachesTdx(td, candidate)),
  );
  return level ?? refuse("TCB_NOT_SUPPORTED", "expected a TCB level Intel lists, got a lower one");
}

function reaches(have: ArrayLike<number>, need: ArrayLike<number>, from: number): boolean {
  for (let index = from; index < need.length; index++) {
    if (!((have[index] ?? -1) >= (need[index] ?? 0))) return false;
  }
  return true;
}

/**
 * Components 0 and 1 of TEE_TCB_SVN are the TDX module's own version. From major version 1 on the
 * module is judged by its own identity, so the platform's levels start at component 2 (Intel's
 * library, TcbLevelCheck.cpp).
 */
function reachesTdx(td: TdReport, level: TcbLevel): boolean {
  if (level.tdxComponents === null) return false;
  return reaches(td.teeTcbSvn, level.tdxComponents, moduleVersion(td) === 0 ? 0 : 2);
}

function moduleVersion(td: TdReport): number {
  return td.teeTcbSvn[1] ?? 0;
}

/**
 * The first level, from the highest, whose security version is reached. Throws `TCB_NOT_SUPPORTED`
 * if none is.
 */
export function matchComponentLevel(
  levels: readonly ComponentLevel[],
  securityVersion: number,
  what: string,
): ComponentLevel {
  const level = levels.find((candidate) => securityVersion >= candidate.securityVersion);
  return (
    level ?? refuse("TCB_NOT_SUPPORTED", `expected a listed version of ${what}, got a lower one`)
  );
}

/**
 * Is the TDX module Intel's, and on which level is it? Null for modules of major version 0, which
 * have no levels of their own. Throws `TDX_MODULE_MISMATCH` for an unknown one: a module without
 * identity is nobody's.
 */
export function matchTdxModule(info: TcbInfo, td: TdReport): ComponentLevel | null {
  const version = moduleVersion(td);
  const id = `TDX_${version.toString(16).toUpperCase().padStart(2, "0")}`;
  const named = version === 0 ? null : info.tdxModules.get(id);
  const identity = version === 0 ? info.tdxModule : named;
  if (identity === null || identity === undefined) {
    return refuse("TDX_MODULE_MISMATCH", `expected an identity of module ${id}, got none`);
  }
  const genuine =
    equalBytes(td.mrSignerSeam, identity.mrSigner) &&
    equalMasked(td.seamAttributes, identity.attributesMask, identity.attributes) &&
    td.seamAttributes.every((byte) => byte === 0);
  if (!genuine) refuse("TDX_MODULE_MISMATCH", `expected Intel's module ${id}, got another`);
  if (named === null || named === undefined) return null;
  return matchComponentLevel(named.levels, td.teeTcbSvn[0] ?? 0, `TDX module ${id}`);
}
