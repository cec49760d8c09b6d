// SPDX-License-Identifier: Apache-2.0
/**
 * The end of visits: the paths on which records were brought in from the tree leave their slots as soon as the calls have run. If they
 * waited for their turn they would take the slots from the records that are used often: a node cannot leave before what hangs under it.
 */
import { flagsOf, hasLinkedChild, parentOf, placeOf } from "./element";
import { IN_SLOT, LINKED, PINNED } from "./layout";
import { evict } from "./placement";
import { freeSlots, slotCount } from "./slots";
import { clearVisitors, visitorAt, visitorCount } from "./visitors";

/** With one slot in so many free there is no hurry: in a slot nothing costs anything. */
const SPARE_SHARE: u32 = 8;

/** Must not run while a call has records pinned that it does not want to lose the nodes of. */
export function endVisits(): void {
  if (visitorCount == 0) return;
  const isTight = freeSlots() < slotCount / SPARE_SHARE;
  for (let i: u32 = 0; isTight && i < visitorCount; i++) endVisit(visitorAt(i));
  clearVisitors();
}

/** The record, if it still hangs under its node, then the nodes from below, as far as nothing else hangs under them. */
function endVisit(record: usize): void {
  const hangs = placeOf(record) == IN_SLOT && (flagsOf(record) & LINKED) != 0;
  let element = hangs ? record : parentOf(record);
  while (placeOf(element) == IN_SLOT && isFree(element)) {
    const above = parentOf(element);
    evict(element);
    element = above;
  }
}

function isFree(element: usize): bool {
  return (flagsOf(element) & PINNED) == 0 && !hasLinkedChild(element) && parentOf(element) != 0;
}
