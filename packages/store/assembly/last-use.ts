// SPDX-License-Identifier: Apache-2.0
/** Whether an element belongs into deferred memory or into the tree (policy.ts): records by how often, nodes by when calls last used them. */
import { clock, epochOf } from "./clock";
import { isNode, LAST_EPOCH } from "./layout";
import { HYBRID, isMerkleOnly, nodeEpochs, placement } from "./policy";
import { countOneMore, forgetUses, keepUses, usesOf, WARM_COUNT } from "./uses";

/** Epochs are kept modulo 256: older ones are taken for this old. */
const AGE_MAX: u32 = 200;

/** An element that a call had brought into a slot leaves it. */
// @ts-ignore: decorator
@inline
export function noteUse(element: usize): void {
  if (isNode(element)) store<u8>(element, epochOf(clock), LAST_EPOCH);
  else countOneMore(element);
}

/** An element of which no use is known: cold until calls bring it in. */
export function setUnused(element: usize): void {
  if (isNode(element)) store<u8>(element, epochOf(clock) - AGE_MAX, LAST_EPOCH);
  else forgetUses(element);
}

// @ts-ignore: decorator
@inline
function ageOf(node: usize): u32 {
  return (epochOf(clock) - load<u8>(node, LAST_EPOCH)) & 0xff;
}

/** Is it used so rarely that the tree is the better place? */
// @ts-ignore: decorator
@inline
export function hasCooled(element: usize): bool {
  if (isMerkleOnly()) return true;
  if (isNode(element)) return ageOf(element) > nodeEpochs;
  return placement == HYBRID && usesOf(element) < WARM_COUNT;
}

/** The same of an element that is in a slot for a call, a use that is not counted yet. */
// @ts-ignore: decorator
@inline
export function isVisiting(element: usize): bool {
  if (isMerkleOnly() || isNode(element)) return hasCooled(element);
  return placement == HYBRID && usesOf(element) + 1 < WARM_COUNT;
}

/** Of an element that stays in deferred memory: lest it seem young again after 256 epochs. */
// @ts-ignore: decorator
@inline
export function limitAge(element: usize): void {
  if (!isNode(element)) keepUses(element);
  else if (ageOf(element) > AGE_MAX) setUnused(element);
}
