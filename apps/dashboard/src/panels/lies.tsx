// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from "@zeta/client";
import { LIES, type Lie } from "@zeta/client/attack/attacks";
import { FIRST_WRITTEN, LAST_WRITTEN, type ProvocationStep } from "@zeta/client/attack/provoke";
import { useContext, useState } from "preact/hooks";
import { explain } from "../model/explain.ts";
import type { LieState } from "../model/lie-run.ts";
import type { OpenService } from "../model/open-service.ts";
import { PageContext } from "../page-context.ts";
import { EvidenceButtons } from "../parts/evidence-buttons.tsx";
import { Field } from "../parts/field.tsx";
import { Panel } from "../parts/panel.tsx";
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
        Only the key-value service lies on demand: <code>npm start -- --allow-attacks</code>
      </p>
    );
  }
  return (
    <p class="empty">
      This service does not lie on demand. One that does: <code>npm start -- --allow-attacks</code>
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
  const { code, check, evidence, message, told } = finding;
  return (
    <div class="caught">
      <p class="verdict">
        <strong>CAUGHT</strong> {nameOf(lie)}
      </p>
      <dl class="report">
        <Line name="told">{toldText(lie, told)}</Line>
        <Line name="check">
          <code>{code === "violation" ? check : code}</code>{" "}
          {code === "violation" ? "of the monitor" : "of this page"}
        </Line>
        <Line name="because">{explain(code, code === "violation" ? check : null)}</Line>
        <Line name="in detail">{message}</Line>
      </dl>
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
  violation: "The monitor certifies nothing more for this instance: see above how to go on.",
  instance_changed: "This page refuses the other instance: see above how to go on.",
  fork: "This page refuses the instance: see above how to go on.",
};

function Line({
  name,
  children,
}: {
  readonly name: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <div class="row">
      <dt>
        <span class="mark" aria-hidden="true" />
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Kept({ lie, evidence }: { readonly lie: Lie; readonly evidence: Evidence }) {
  return <EvidenceButtons name={nameOf(lie).replace(", ", "-")} evidence={() => evidence} />;
}
