// SPDX-License-Identifier: Apache-2.0
/**
 * The end of visits: the paths on which records were brought in from the tree leave their slots as soon as the calls have run. If they
 * waited for their turn they would take the slots from the records that are used often: a node cannot leave before what hangs under it.
 */
import { flagsOf, hasLinkedChild, parentOf, placeOf } from "./element";
import { IN_SLOT, LINKED, PINNED, VISITORS_MAX } from "./layout";
import { evict, putBack, returnsToTree } from "./placement";
import { freeSlots, slotCount } from "./slots";
import { forgetVisitors, nextVisitor, visitorCount } from "./visitors";

/** With one slot in so many free there is no hurry: in a slot nothing costs anything. */
const SPARE_SHARE: u32 = 8;

/**
 * One visit for so many slots may go on until a path comes in with which its nodes are exchanged (prepare.ts): the numbers of those that end
 * and of those that begin are not the same in each group of operations.
 */
const LINGERING_SHARE: u32 = 256;

/** Visits that need not end yet, though slots are scarce. */
export function lingeringMax(): u32 {
  return min(slotCount / LINGERING_SHARE, VISITORS_MAX / 2);
}

/** How many visits are to end now, oldest first. Those that need not end now are over all the same. */
export function visitsToEnd(): u32 {
  if (visitorCount != 0 && freeSlots() >= slotCount / SPARE_SHARE) forgetVisitors();
  return visitorCount;
}

/** Must not run while a call has records pinned that it does not want to lose the nodes of. */
export function endVisits(): void {
  for (let left = visitsToEnd(); left != 0; left--) endVisit();
}

/** The oldest visit: the record, if it still hangs under its node, then the nodes from below, as far as nothing else hangs under them. */
export function endVisit(): void {
  endVisitAt(lowest(nextVisitor()));
}

/** The same from an element of its path upwards. */
export function endVisitAt(element: usize): void {
  while (isFree(element)) {
    const above = parentOf(element);
    evict(element);
    element = above;
  }
}

/** The oldest visit, as far as it goes back to the tree; {@link endVisitAt} does the rest, from the element returned upwards. */
export function putBackVisit(): usize {
  let element = lowest(nextVisitor());
  while (isFree(element) && returnsToTree(element)) {
    const above = parentOf(element);
    putBack(element);
    element = above;
  }
  return element;
}

/** Where the visit's path begins: with the record, unless it has left its node. */
function lowest(record: usize): usize {
  const hangs = placeOf(record) == IN_SLOT && (flagsOf(record) & LINKED) != 0;
  return hangs ? record : parentOf(record);
}

function isFree(element: usize): bool {
  if (placeOf(element) != IN_SLOT) return false;
  return (flagsOf(element) & PINNED) == 0 && !hasLinkedChild(element) && parentOf(element) != 0;
}
