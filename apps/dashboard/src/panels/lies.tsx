// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from "@zeta/client";
import { LIES, type Lie } from "@zeta/client/attack/attacks";
import {
  FIRST_WRITTEN,
  type Finding,
  LAST_WRITTEN,
  type ProvocationStep,
} from "@zeta/client/attack/provoke";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../model/explain.ts";
import type { LieState } from "../model/lie-run.ts";
import type { OpenService } from "../model/open-service.ts";
import { PageContext } from "../page-context.ts";
import { EvidenceButtons } from "../parts/evidence-buttons.tsx";
import { Field } from "../parts/field.tsx";
import { Panel } from "../parts/panel.tsx";
import { Report } from "../parts/report.tsx";
import { StateWord } from "../parts/state-word.tsx";
import { useObserved } from "../parts/use-observed.ts";

interface LiesProps {
  readonly service: OpenService | null;
  /** Can the service still be asked? */
  readonly open: boolean;
}

/** Lies on demand, told by the service and found out by this page, which goes on as an ordinary client. */
export function Lies({ service, open }: LiesProps) {
  const lead = "Let the service lie. This page is not told what to look for.";
  return (
    <Panel title="Lies" name="lies" lead={lead}>
      {service?.attacks?.allowed === true ? (
        <LieButtons service={service} open={open} />
      ) : (
        <NotAllowed service={service} />
      )}
    </Panel>
  );
}

function NotAllowed({ service }: { readonly service: OpenService | null }) {
  if (service === null) return <p class="empty">Not connected yet.</p>;
  if (service.operations !== null) {
    return (
      <p class="empty">
        Only the key-value service lies on demand:{" "}
        <code class="command">npm start -- --allow-attacks</code>
      </p>
    );
  }
  return (
    <p class="empty">
      This service does not lie on demand. One that does:{" "}
      <code class="command">npm start -- --allow-attacks</code>
    </p>
  );
}

interface LieButtonsProps {
  readonly service: OpenService;
  readonly open: boolean;
}

function LieButtons({ service, open }: LieButtonsProps) {
  const { lies } = useContext(PageContext);
  const state = useObserved(lies.state);
  const [key, setKey] = useState("alice");
  const offered = LIES.filter(({ name }) => service.attacks?.attacks.includes(name));
  const off = !open || state.stage === "running";
  return (
    <>
      <Field label="Key to lie about" value={key} onInput={setKey} />
      <ul class="lies">
        {offered.map((lie) => (
          <li key={lie.story}>
            <button
              type="button"
              disabled={off}
              onClick={() => void lies.run(service.client, lie, key)}
            >
              {nameOf(lie)}
            </button>
            <span>{lie.story.slice(lie.name.length + 2)}</span>
          </li>
        ))}
      </ul>
      <div class="finding" aria-live="polite">
        <Outcome state={state} />
      </div>
    </>
  );
}

function nameOf({ name, mode }: Lie): string {
  return mode === null ? name : `${name}, ${mode}`;
}

const STEPS: Readonly<Record<ProvocationStep, string>> = {
  writing: `writing ${FIRST_WRITTEN} and reading it, both until they are certified`,
  overwriting: `writing ${LAST_WRITTEN}, until it is certified`,
  arming: "asking the service to lie",
  asking: "asking the question that the lie is about",
  waiting: "told something; waiting for the certificate",
};

function Outcome({ state }: { readonly state: LieState }) {
  switch (state.stage) {
    case "none":
      return <p class="empty">No lie told yet.</p>;
    case "running":
      return (
        <p>
          <StateWord tone="waiting" word={nameOf(state.lie)} /> {STEPS[state.step]}
        </p>
      );
    case "stuck":
      return (
        <p>
          <StateWord tone="plain" word="neither caught nor believed" /> {state.message}
        </p>
      );
    case "done":
      return <Found state={state} />;
  }
}

function Found({ state }: { readonly state: Extract<LieState, { readonly stage: "done" }> }) {
  const { finding, lie } = state;
  if (!finding.caught) {
    return (
      <p>
        <StateWord tone="bad" word="NOT CAUGHT" /> this page believed: {finding.told}
      </p>
    );
  }
  return <Caught lie={lie} finding={finding} />;
}

interface CaughtProps {
  readonly lie: Lie;
  readonly finding: Extract<Finding, { readonly caught: true }>;
}

function Caught({ lie, finding }: CaughtProps) {
  const { code, check, evidence, message, told } = finding;
  const card = useRef<HTMLDivElement>(null);
  // Whoever pressed the button looks at the button: what was found stands below it.
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), [finding]);
  return (
    <div class="caught" ref={card}>
      <p class="verdict">
        <strong>CAUGHT</strong> {nameOf(lie)}
      </p>
      <Report
        rows={[
          { label: "told", text: toldText(lie, told), ok: null },
          {
            label: "check",
            text: code === "violation" ? `${check} of the monitor` : `${code} of this page`,
            ok: false,
          },
          {
            label: "because",
            text: explain(code, code === "violation" ? check : null),
            ok: null,
          },
          { label: "in detail", text: message, ok: null },
        ]}
      />
      {evidence !== null && <Kept lie={lie} evidence={evidence} />}
      <p class="hint">
        {AFTERWARDS[code] ?? "The instance goes on. A client that was lied to would not."}
      </p>
    </div>
  );
}

function toldText({ name }: Lie, told: string | null): string {
  if (told === null) return "nothing: the service gave no answer any more";
  return name === "drop" ? told : `${told}; the last write was ${LAST_WRITTEN}, and is certified`;
}

/** Refusals of a whole instance: nothing more can be asked of it. */
const AFTERWARDS: Readonly<Record<string, string>> = {
  violation: "The monitor certifies nothing more for this instance: see the foot of the page.",
  instance_changed: "This page refuses the other instance: see the foot of the page.",
  fork: "This page refuses the instance: see the foot of the page.",
};

function Kept({ lie, evidence }: { readonly lie: Lie; readonly evidence: Evidence }) {
  return <EvidenceButtons name={nameOf(lie).replace(", ", "-")} evidence={() => evidence} />;
}
