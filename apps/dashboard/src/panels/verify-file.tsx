// SPDX-License-Identifier: Apache-2.0
import type { EvidenceVerdict, Verdict } from "@zeta/client";
import { useContext, useId, useState } from "preact/hooks";
import type { FileState } from "../model/file-judge.ts";
import type { OpenService } from "../model/open-service.ts";
import { PageContext } from "../page-context.ts";
import { Panel } from "../parts/panel.tsx";
import { Report } from "../parts/report.tsx";
import { StateWord, type Tone } from "../parts/state-word.tsx";
import { useObserved } from "../parts/use-observed.ts";

interface VerifyFileProps {
  readonly service: OpenService | null;
}

/** Evidence from a file, judged in the browser without asking anybody. */
export function VerifyFile({ service }: VerifyFileProps) {
  const { files } = useContext(PageContext);
  const state = useObserved(files.state);
  const [over, setOver] = useState(false);
  const id = useId();
  const take = (list: FileList | null | undefined) => {
    const file = list?.[0];
    if (file !== undefined) void files.take(file, service?.operations ?? null);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  const hover = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const lead =
    "Evidence is judged here, offline, as zeta verify does: no service is asked, and nobody has to be believed.";
  return (
    <div id="verify">
      <Panel title="Verify a file" name="verify" lead={lead}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the button inside does the same */}
        <div
          class={over ? "drop over" : "drop"}
          onDragOver={hover}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <label for={id}>Evidence file, chosen or dropped here</label>
          <input
            id={id}
            type="file"
            accept=".json,application/json"
            onChange={(event) => {
              take(event.currentTarget.files);
              // The same file once more shall be judged once more.
              event.currentTarget.value = "";
            }}
          />
        </div>
        <div class="judged" aria-live="polite">
          <Judged state={state} />
        </div>
      </Panel>
    </div>
  );
}

const TONES: Readonly<Record<Verdict, Tone>> = {
  certified: "good",
  violation: "bad",
  fork: "bad",
  rejected: "plain",
};

function Judged({ state }: { readonly state: FileState }) {
  switch (state.stage) {
    case "none":
      return <p class="empty">No file yet.</p>;
    case "judging":
      return <p class="empty">Checking {state.file}</p>;
    case "unreadable":
      return (
        <p>
          <StateWord tone="plain" word="unreadable" /> {state.file}: {state.message}
        </p>
      );
    case "judged":
      return <VerdictText file={state.file} verdict={state.verdict} />;
  }
}

interface VerdictTextProps {
  readonly file: string;
  readonly verdict: EvidenceVerdict;
}

function VerdictText({ file, verdict }: VerdictTextProps) {
  const rows = verdict.reportRows().filter(({ label }) => label !== "verdict");
  return (
    <>
      <p class="verdict">
        <StateWord tone={TONES[verdict.verdict]} word={verdict.verdict} />{" "}
        {verdict.code !== null && verdict.code !== verdict.verdict && <code>{verdict.code}</code>}{" "}
        {file}
      </p>
      <Report rows={rows} />
    </>
  );
}
