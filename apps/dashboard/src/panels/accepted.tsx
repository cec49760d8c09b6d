// SPDX-License-Identifier: Apache-2.0
import { useContext, useId, useState } from "preact/hooks";
import { PageContext } from "../page-context.ts";
import { useObserved } from "../parts/use-observed.ts";

/** Whom the page believes, and how to choose that oneself. */
export function Accepted() {
  const { session, trust } = useContext(PageContext);
  const { policy } = useObserved(trust.accepted);
  const problem = useObserved(trust.problem);
  const [policyFile, setPolicyFile] = useState<File | null>(null);
  const [collateral, setCollateral] = useState<readonly File[]>([]);
  const take = async () => {
    if (policyFile === null) return;
    if (await trust.takePolicy(policyFile, collateral)) void session.begin();
  };
  const tryOut = () => {
    trust.tryOut();
    void session.begin();
  };
  return (
    <details class="accepted">
      <summary>
        What this page accepts:{" "}
        {policy === null ? "simulated quotes, to try things out" : `what ${policy} says`}
      </summary>
      <p class="hint">
        A quote of hardware is held against a policy of your own, as with{" "}
        <code>zeta get --policy FILE</code>: which TEE, which measurements, which monitors. The
        files stay in this browser.
      </p>
      <div class="fields">
        <FileField
          label="Policy"
          hint="YAML or JSON"
          onChoose={([file]) => setPolicyFile(file ?? null)}
        />
        <FileField
          label="Collateral"
          hint="SGX, TDX: one JSON file. SEV-SNP: vcek.pem (or vlek.pem), ask.pem, ark.pem, crl.der; or none, if the service brings its certificates"
          several
          onChoose={setCollateral}
        />
      </div>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="button" disabled={policyFile === null} onClick={() => void take()}>
          Accept what this policy says
        </button>
        {policy !== null && (
          <button type="button" onClick={tryOut}>
            Accept simulated quotes again
          </button>
        )}
      </p>
    </details>
  );
}

interface FileFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly several?: boolean;
  readonly onChoose: (files: readonly File[]) => void;
}

function FileField({ label, hint, several = false, onChoose }: FileFieldProps) {
  const id = useId();
  return (
    <div>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        multiple={several}
        aria-describedby={`${id}-hint`}
        onChange={({ currentTarget }) => onChoose([...(currentTarget.files ?? [])])}
      />
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
}
