// SPDX-License-Identifier: Apache-2.0
/**
 * The form of a policy file. Closed: a misspelt member is an error, since a rule that is not read
 * is a rule that is not kept.
 */

import { type Static, Type } from "typebox";
import { TCB_STATUSES } from "./dcap/tcb-status.ts";

/** `Revoked` cannot be allowed: evidence of that status is refused before any policy is asked. */
const ALLOWABLE_STATUSES = TCB_STATUSES.filter((status) => status !== "Revoked");
const LIST_MAX = 10_000;
const closed = { additionalProperties: false } as const;

function hex(bytes: number, description: string) {
  return Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$`, description });
}

function list<T extends Parameters<typeof Type.Array>[0]>(items: T) {
  return Type.Array(items, { minItems: 1, maxItems: LIST_MAX });
}

/**
 * A list, or the word `any`: leaving the list out is an error, so nobody accepts every code by
 * forgetting a line.
 */
function listOrAny<T extends Parameters<typeof Type.Array>[0]>(items: T) {
  return Type.Union([list(items), Type.Literal("any")]);
}

const version = Type.Integer({ minimum: 0, maximum: 0xffff });
const level = Type.Integer({ minimum: 0, maximum: 0xff });
const platforms = Type.Optional(
  list(Type.String({ pattern: "^([0-9a-f]{2}){8,64}$", description: "platform ids, hex" })),
);

const dcapRules = {
  statuses: Type.Optional(list(Type.Union(ALLOWABLE_STATUSES.map((one) => Type.Literal(one))))),
  advisories: Type.Optional(list(Type.String({ pattern: "^INTEL-SA-[0-9]{5}$" }))),
  minimumEvaluationNumber: Type.Optional(version),
  allowDebug: Type.Optional(Type.Boolean()),
  platforms,
};

const sgx = Type.Object(
  {
    measurements: listOrAny(
      Type.Union([
        Type.Object({ mrEnclave: hex(32, "the enclave") }, closed),
        Type.Object(
          {
            mrSigner: hex(32, "the enclave's signer"),
            productId: version,
            minimumSecurityVersion: version,
          },
          closed,
        ),
      ]),
    ),
    ...dcapRules,
  },
  closed,
);

const rtmr = Type.Union([hex(48, "a runtime measurement"), Type.Literal("any")]);

const tdx = Type.Object(
  {
    measurements: listOrAny(
      Type.Object(
        {
          mrTd: hex(48, "the TD's initial content"),
          rtmr0: rtmr,
          rtmr1: rtmr,
          rtmr2: rtmr,
          rtmr3: rtmr,
          mrConfigId: Type.Optional(hex(48, "configuration id")),
          mrOwner: Type.Optional(hex(48, "owner")),
          mrOwnerConfig: Type.Optional(hex(48, "owner's configuration")),
        },
        closed,
      ),
    ),
    ...dcapRules,
    requireSeptVeDisable: Type.Optional(Type.Boolean()),
    serviceTds: Type.Optional(list(hex(48, "MRSERVICETD"))),
  },
  closed,
);

const tcb = { bootloader: level, tee: level, snp: level, microcode: level };

const sevSnp = Type.Object(
  {
    measurements: listOrAny(
      Type.Object(
        {
          measurement: hex(48, "the guest's initial content"),
          hostData: Type.Optional(hex(32, "HOST_DATA")),
          idKeyDigest: Type.Optional(hex(48, "ID_KEY_DIGEST")),
          authorKeyDigest: Type.Optional(hex(48, "AUTHOR_KEY_DIGEST")),
          minimumGuestSvn: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
        },
        closed,
      ),
    ),
    minimumTcb: Type.Object(
      {
        Milan: Type.Optional(Type.Object(tcb, closed)),
        Genoa: Type.Optional(Type.Object(tcb, closed)),
        Turin: Type.Optional(Type.Object({ fmc: level, ...tcb }, closed)),
      },
      closed,
    ),
    vmpls: Type.Optional(list(Type.Integer({ minimum: 0, maximum: 3 }))),
    allowDebug: Type.Optional(Type.Boolean()),
    allowMigrationAgent: Type.Optional(Type.Boolean()),
    allowMaskedChipId: Type.Optional(Type.Boolean()),
    requireRevocationCheck: Type.Optional(Type.Boolean()),
    requireAliasCheck: Type.Optional(Type.Boolean()),
    platforms,
  },
  closed,
);

const quoteRules = {
  version: Type.Literal(1),
  allowSimulation: Type.Optional(Type.Boolean()),
  reportData: Type.Optional(hex(64, "all 64 bytes the quote must bind")),
  sgx: Type.Optional(sgx),
  tdx: Type.Optional(tdx),
  sevSnp: Type.Optional(sevSnp),
};

/** JSON Schema of a policy file about quotes. */
export const POLICY_SCHEMA = Type.Object(quoteRules, closed);

/** JSON Schema of a policy file about services: also which monitor modules they may run. */
export const SERVICE_POLICY_SCHEMA = Type.Object(
  { ...quoteRules, monitors: Type.Optional(list(hex(32, "SHA-256 of a monitor module"))) },
  closed,
);

export type PolicyFile = Static<typeof POLICY_SCHEMA>;
export type ServicePolicyFile = Static<typeof SERVICE_POLICY_SCHEMA>;
