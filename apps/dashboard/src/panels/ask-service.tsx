// SPDX-License-Identifier: Apache-2.0
import type { ServiceCalls, ZetaClient } from "@zeta/client";
import { useContext, useId, useState } from "preact/hooks";
import type { ServiceOperations } from "../model/open-service.ts";
import { askService, exampleOf } from "../model/service-asking.ts";
import { PageContext } from "../page-context.ts";

interface AskServiceProps {
  readonly client: ZetaClient;
  readonly operations: ServiceOperations;
}

/** Questions to a service in TypeScript: an operation of its manifest, and arguments in JSON. */
export function AskService({ client, operations }: AskServiceProps) {
  const { calls, problem } = operations;
  if (calls === null) {
    return <p class="empty">The host's list of operations cannot be read: {problem}</p>;
  }
  return <CallForm client={client} calls={calls} />;
}

interface CallFormProps {
  readonly client: ZetaClient;
  readonly calls: ServiceCalls;
}

function CallForm({ client, calls }: CallFormProps) {
  const { asked } = useContext(PageContext);
  const example = (name: string) => JSON.stringify(exampleOf(calls.argumentSchema(name)));
  const [name, setName] = useState(calls.names[0] ?? "");
  const [text, setText] = useState(example(name));
  const [nameId, textId] = [useId(), useId()];
  const choose = (chosen: string) => {
    setName(chosen);
    setText(example(chosen));
  };
  const call = (event: Event) => {
    event.preventDefault();
    void askService(asked, client, calls, name, text);
  };
  return (
    <form class="question" onSubmit={call}>
      <label for={nameId}>Operation</label>
      <select id={nameId} value={name} onChange={(event) => choose(event.currentTarget.value)}>
        {calls.names.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <label for={textId}>Arguments</label>
      <textarea
        id={textId}
        rows={3}
        value={text}
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="actions">
        <button type="submit" class="primary">
          Call
        </button>
        <span class="hint">
          Operations as the host lists them. The receipt proves the number of the operation and the
          bytes of the arguments; what they mean is in the code.
        </span>
      </p>
    </form>
  );
}
