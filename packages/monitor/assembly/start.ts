// SPDX-License-Identifier: Apache-2.0
/**
 * Where a thread begins when another instance went before it: at an epoch, and thread 0 with that instance's root. The loader has read the
 * root strictly (root-value.ts) and copied it to FRAME; who must believe it compares its hash with what the other instance certified.
 */
import { frameEnd, openFrame, readDescriptor } from "./decode";
import { descriptorOf, FRAME, slotAt } from "./layout";
import { clock, setClock, setLastVerified, threadId } from "./state";

/** False if the thread has begun already or the root is malformed. */
export function startAt(epoch: u32, rootBytes: u32): bool {
  if (frameEnd != 0 || clock != 0) return false;
  setClock((<u64>epoch) << 32);
  if (epoch > 0) setLastVerified(epoch - 1);
  if (threadId != 0) return rootBytes == 0;
  const root = slotAt(0);
  openFrame(FRAME, rootBytes);
  const right = readDescriptor(FRAME, descriptorOf(root, 0));
  return right != 0 && readDescriptor(right, descriptorOf(root, 1)) == frameEnd;
}
