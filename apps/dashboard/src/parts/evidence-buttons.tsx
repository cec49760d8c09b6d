// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from "@zeta/client";
import { evidenceText } from "@zeta/client/evidence-text";
import { useContext } from "preact/hooks";
import { PageContext } from "../page-context.ts";
import { download } from "./download.ts";

interface EvidenceButtonsProps {
  /** Ends the file's name: `zeta-evidence-NAME.json`. */
  readonly name: string;
  readonly evidence: () => Evidence;
}

/** The file that `zeta verify` takes: to keep, or to be judged on this page as somebody else would. */
export function EvidenceButtons({ name, evidence }: EvidenceButtonsProps) {
  const { judge } = useContext(PageContext);
  const file = `zeta-evidence-${name}.json`;
  const text = () => evidenceText(evidence(), new Date());
  return (
    <p class="actions">
      <button type="button" onClick={() => download(file, text())}>
        Download evidence
      </button>
      <button type="button" onClick={() => judge(file, text())}>
        Check it below
      </button>
    </p>
  );
}
