// SPDX-License-Identifier: Apache-2.0
import Type, { type Static } from "typebox";

/** Who made the quote. Exactly these spellings: another case is another (refused) value. */
export const TeeTypeSchema = Type.Union(
  [Type.Literal("sgx"), Type.Literal("tdx"), Type.Literal("sev-snp"), Type.Literal("simulation")],
  { description: "TEE that holds the proving key" },
);

export type TeeType = Static<typeof TeeTypeSchema>;

export const TEE_TYPES: readonly TeeType[] = ["sgx", "tdx", "sev-snp", "simulation"];

/** Is this text a TEE type of ours? */
export function isTeeType(text: unknown): text is TeeType {
  return (TEE_TYPES as readonly unknown[]).includes(text);
}
