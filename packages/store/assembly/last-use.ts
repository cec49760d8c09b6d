// SPDX-License-Identifier: Apache-2.0
/** When calls last used an element: the epochs since then decide between deferred memory and the tree (policy.ts). */
import { clock, epochOf } from "./clock";
import { isNode, LAST_EPOCH } from "./layout";
import { isCold } from "./policy";

/** Epochs are kept modulo 256: older ones are taken for this old. */
const AGE_MAX: u32 = 200;

/** An element that a call had brought into a slot leaves it. */
// @ts-ignore: decorator
@inline
export function noteUse(element: usize): void {
  store<u8>(element, epochOf(clock), LAST_EPOCH);
}

/** An element of which no use is known: cold until a call brings it in. */
export function setUnused(element: usize): void {
  store<u8>(element, epochOf(clock) - AGE_MAX, LAST_EPOCH);
}

// @ts-ignore: decorator
@inline
function ageOf(element: usize): u32 {
  return (epochOf(clock) - load<u8>(element, LAST_EPOCH)) & 0xff;
}

/** Was it not used for so long that the tree is the better place? */
// @ts-ignore: decorator
@inline
export function hasCooled(element: usize): bool {
  return isCold(isNode(element), ageOf(element));
}

/** Of an element that stays in deferred memory: lest it seem young again after 256 epochs. */
// @ts-ignore: decorator
@inline
export function limitAge(element: usize): void {
  if (ageOf(element) > AGE_MAX) setUnused(element);
}
