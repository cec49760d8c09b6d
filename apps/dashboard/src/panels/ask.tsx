// SPDX-License-Identifier: Apache-2.0
import { useContext, useState } from "preact/hooks";
import { askKv, type KvQuestion } from "../model/kv-asking.ts";
import type { OpenService } from "../model/open-service.ts";
import { PageContext } from "../page-context.ts";
import { Field } from "../parts/field.tsx";
import { Panel } from "../parts/panel.tsx";
import { AskService } from "./ask-service.tsx";

interface AskProps {
  /** Null while nothing can be asked. */
  readonly service: OpenService | null;
}

/** Questions to the service, of whatever kind it is. */
export function Ask({ service }: AskProps) {
  const lead = (
    <>
      The answer comes at once and is <em>provisional</em>. It becomes <em>certified</em> when this
      page has checked the certificate of its epoch and the receipt.
    </>
  );
  return (
    <Panel title="Ask" name="ask" lead={lead}>
      {service?.operations ? (
        <AskService client={service.client} operations={service.operations} />
      ) : (
        <AskKv service={service} />
      )}
    </Panel>
  );
}

function AskKv({ service }: AskProps) {
  const { asked } = useContext(PageContext);
  const [key, setKey] = useState("alice");
  const [value, setValue] = useState("100");
  const ask = (question: KvQuestion) => {
    if (service !== null) void askKv(asked, service.client, question);
  };
  const put = (event: Event) => {
    event.preventDefault();
    ask({ operation: "put", key, value });
  };
  const off = service === null;
  return (
    <form class="question" onSubmit={put}>
      <div class="fields">
        <Field label="Key" value={key} onInput={setKey} />
        <Field label="Value" value={value} onInput={setValue} />
      </div>
      <p class="actions">
        <button type="submit" class="primary" disabled={off}>
          Put
        </button>
        <button type="button" disabled={off} onClick={() => ask({ operation: "get", key })}>
          Get
        </button>
        <button type="button" disabled={off} onClick={() => ask({ operation: "delete", key })}>
          Delete
        </button>
      </p>
    </form>
  );
}
