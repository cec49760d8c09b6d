// SPDX-License-Identifier: Apache-2.0
/** The table of certificates that a SEV-SNP host puts beside a report (AMD publication 56421). */

import { concatBytes } from "@zeta/protocol/bytes";
import { fromHex } from "@zeta/protocol/hex";

const GUIDS = {
  vcek: "8d75da6364e66445adc5f4b93be8accd",
  vlek: "c24b07a85aa23e48aae639c045a0b8a1",
  ask: "79b3b74aacbbe44fa02f05aef327c782",
  ark: "a406b4c003a8524997433fb6014cd0ae",
} as const;

const ENTRY_BYTES = 24;

export function certificateTable(
  certificates: Partial<Record<keyof typeof GUIDS, Uint8Array>>,
): Uint8Array {
  const entries = Object.entries(certificates);
  const head = new Uint8Array((entries.length + 1) * ENTRY_BYTES);
  const view = new DataView(head.buffer);
  let offset = head.length;
  for (const [index, [name, der]] of entries.entries()) {
    head.set(fromHex(GUIDS[name as keyof typeof GUIDS]), index * ENTRY_BYTES);
    view.setUint32(index * ENTRY_BYTES + 16, offset, true);
    view.setUint32(index * ENTRY_BYTES + 20, der.length, true);
    offset += der.length;
  }
  return concatBytes(head, ...entries.map(([, der]) => der));
}
