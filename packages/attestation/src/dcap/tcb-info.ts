// SPDX-License-Identifier: Apache-2.0
/**
 * Intel's TCB info: which security versions of a platform deserve which status. Schema versions 2
 * (SGX) and 3 (SGX, TDX).
 */

import { toHex } from "@zeta/protocol/hex";
import { refuse } from "../error.ts";
import { JsonNode } from "../json-node.ts";
import {
  COMPONENT_STATUSES,
  type ComponentStatus,
  TCB_STATUSES,
  type TcbStatus,
} from "./tcb-status.ts";

export interface TcbInfo {
  readonly id: "SGX" | "TDX";
  /** Unix milliseconds. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  /** Lower-case hex. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly evaluationNumber: number;
  /** In Intel's order, highest first. */
  readonly levels: readonly TcbLevel[];
  /** The module of major version 0; null for SGX. */
  readonly tdxModule: ModuleIdentity | null;
  /** Modules of later major versions by id, such as `TDX_01`. */
  readonly tdxModules: ReadonlyMap<
    string,
    ModuleIdentity & { readonly levels: readonly ComponentLevel[] }
  >;
}

export interface TcbLevel {
  /** 16 numbers. */
  readonly sgxComponents: readonly number[];
  readonly pceSvn: number;
  /** 16 numbers for TDX, null for SGX. */
  readonly tdxComponents: readonly number[] | null;
  readonly status: TcbStatus;
  readonly tcbDate: string;
  readonly advisories: readonly string[];
}

export interface ModuleIdentity {
  readonly mrSigner: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

/**
 * A level of a quoting enclave or TDX module: everything from this security version on has this
 * status.
 */
export interface ComponentLevel {
  readonly securityVersion: number;
  readonly status: ComponentStatus;
  readonly advisories: readonly string[];
}

const LEVELS_MAX = 256;
const COMPONENTS = 16;
const CODE = "COLLATERAL_MALFORMED";

/** Parses the verified text. Throws `COLLATERAL_MALFORMED`. */
export function parseTcbInfo(text: string): TcbInfo {
  const node = JsonNode.parse(text, "tcbInfo", CODE);
  const version = node.member("version").integer(3);
  const id = node.optional("id")?.oneOf(["SGX", "TDX"] as const) ?? "SGX";
  if (version !== 3 && (version !== 2 || id !== "SGX")) {
    refuse(CODE, `expected TCB info version 3 (or 2 for SGX), got ${version}`);
  }
  // Type 0 compares components one by one; no other is defined.
  if (node.member("tcbType").integer(0xffff) !== 0) refuse(CODE, "expected TCB type 0");
  const modules = node.optional("tdxModuleIdentities")?.items(LEVELS_MAX) ?? [];
  const module = node.optional("tdxModule");
  return {
    id,
    issueDate: node.member("issueDate").time(),
    nextUpdate: node.member("nextUpdate").time(),
    fmspc: toHex(node.member("fmspc").hex(6)),
    pceId: toHex(node.member("pceId").hex(2)),
    evaluationNumber: node.member("tcbEvaluationDataNumber").integer(0xffff),
    levels: node
      .member("tcbLevels")
      .items(LEVELS_MAX)
      .map((level) => readLevel(level, version, id)),
    tdxModule: module === null ? null : readModule(module),
    tdxModules: new Map(
      modules.map((identity) => [
        identity.member("id").string(),
        { ...readModule(identity), levels: readComponentLevels(identity) },
      ]),
    ),
  };
}

function readLevel(level: JsonNode, version: number, id: "SGX" | "TDX"): TcbLevel {
  const tcb = level.member("tcb");
  return {
    sgxComponents: version === 2 ? namedComponents(tcb) : listedComponents(tcb, "sgxtcbcomponents"),
    pceSvn: tcb.member("pcesvn").integer(0xffff),
    tdxComponents: id === "TDX" ? listedComponents(tcb, "tdxtcbcomponents") : null,
    status: level.member("tcbStatus").oneOf(TCB_STATUSES),
    tcbDate: level.member("tcbDate").string(),
    advisories: readAdvisories(level),
  };
}

/** Version 2: `sgxtcbcomp01svn` .. `sgxtcbcomp16svn`. */
function namedComponents(tcb: JsonNode): number[] {
  return Array.from({ length: COMPONENTS }, (_, index) =>
    tcb.member(`sgxtcbcomp${String(index + 1).padStart(2, "0")}svn`).integer(0xff),
  );
}

/** Version 3: an array of 16 objects with `svn`. */
function listedComponents(tcb: JsonNode, name: string): number[] {
  const components = tcb.member(name).items(COMPONENTS);
  if (components.length !== COMPONENTS) {
    refuse(CODE, `expected ${COMPONENTS} ${name}, got ${components.length}`);
  }
  return components.map((component) => component.member("svn").integer(0xff));
}

function readModule(node: JsonNode): ModuleIdentity {
  return {
    mrSigner: node.member("mrsigner").hex(48),
    attributes: node.member("attributes").hex(8),
    attributesMask: node.member("attributesMask").hex(8),
  };
}

/** The levels of a quoting enclave or TDX module, highest first. */
export function readComponentLevels(node: JsonNode): ComponentLevel[] {
  return node
    .member("tcbLevels")
    .items(LEVELS_MAX)
    .map((level) => ({
      securityVersion: level.member("tcb").member("isvsvn").integer(0xffff),
      status: level.member("tcbStatus").oneOf(COMPONENT_STATUSES),
      advisories: readAdvisories(level),
    }));
}

function readAdvisories(level: JsonNode): string[] {
  return (
    level
      .optional("advisoryIDs")
      ?.items(LEVELS_MAX)
      .map((id) => id.string()) ?? []
  );
}
