/** Keys for programs: made here, shown once, ended at once. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useUser } from "../../api/may.ts";
import type { ApiKey, NewApiKey } from "../../api/types.ts";
import { day } from "../../format/moments.ts";
import { Confirm, Dialog } from "../../ui/dialog.tsx";
import { Check, Input, Select } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Empty, Loaded, messageOf, Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { say } from "../../ui/toasts.tsx";

export function KeysPanel() {
  const client = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<ApiKey>();
  const keys = useQuery({
    queryKey: KEYS.apiKeys,
    queryFn: async ({ signal }) => (await platform.get("/v1/keys", { signal })).data,
  });
  const columns: Column<ApiKey>[] = [
    { name: "Name", cell: (row) => row.name, sort: (row) => row.name },
    { name: "Key", cell: (row) => <code>{row.prefix}…</code> },
    { name: "Kind", cell: (row) => <span className="dim">{row.kind}</span> },
    { name: "May", cell: (row) => row.scopes.join(", ") },
    {
      name: "From",
      cell: (row) => <span className="dim">{row.allowed_networks.join(", ") || "Anywhere"}</span>,
    },
    { name: "Made", cell: (row) => day(row.created_at), sort: (row) => row.created_at },
    { name: "Ends", cell: (row) => (row.expires_at ? day(row.expires_at) : "Never") },
    {
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) =>
        row.revoked_at ? (
          <span className="badge">Ended</span>
        ) : (
          <button type="button" className="button small" onClick={() => setEnding(row)}>
            End
          </button>
        ),
    },
  ];
  const renew = () => client.invalidateQueries({ queryKey: KEYS.apiKeys });
  return (
    <Panel
      title="API keys"
      layout="flush"
      note="For programs. This page uses none"
      actions={
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} /> New key
        </button>
      }
    >
      <Loaded query={keys}>
        {(rows) => (
          <Table
            label="API keys"
            columns={columns}
            rows={rows}
            keyOf={(row) => row.key_id}
            empty={
              <Empty icon="settings" title="No keys">
                Make one for each program that speaks to this server.
              </Empty>
            }
          />
        )}
      </Loaded>
      {isMaking ? <NewKey onClose={() => setMaking(false)} onMade={renew} /> : null}
      {ending ? (
        <Confirm
          title={`End the key ${ending.name}?`}
          action="End it"
          run={async () => {
            await platform.delete("/v1/keys/{key_id}", { path: { key_id: ending.key_id } });
            say("The key is void");
            await renew();
          }}
          onClose={() => setEnding(undefined)}
        >
          <p>Whatever uses it is refused from now on. This cannot be taken back.</p>
        </Confirm>
      ) : null}
    </Panel>
  );
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { scopes: own } = useUser();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"bearer" | "signing">("bearer");
  const [scopes, setScopes] = useState<readonly ApiKey["scopes"][number][]>(["read"]);
  const [networks, setNetworks] = useState("");
  const [made, setMade] = useState<NewApiKey>();
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    const allowed = networks.split(/[\s,]+/).filter(Boolean);
    try {
      const { data } = await platform.post("/v1/keys", {
        body: { name, kind, scopes: [...scopes], ...(allowed.length ? { allowed_networks: allowed } : {}) },
      });
      setMade(data);
      onMade();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  if (made) return <Made made={made} onClose={onClose} />;
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form className="dialog-body" onSubmit={submit} aria-label="New API key">
        <Input label="Name" required value={name} onChange={(event) => setName(event.target.value)} />
        <Select
          label="Kind"
          value={kind}
          options={[
            { value: "bearer", label: "Bearer: sent with each request" },
            { value: "signing", label: "Signing: signs each request" },
          ]}
          onChange={(event) => setKind(event.target.value === "signing" ? "signing" : "bearer")}
        />
        <fieldset className="plain">
          <legend className="label">May</legend>
          <div className="row">
            {own.map((scope) => (
              <Check
                key={scope}
                label={scope}
                checked={scopes.includes(scope)}
                onChange={(event) =>
                  setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                }
              />
            ))}
          </div>
        </fieldset>
        <Input
          label="Networks it may come from"
          placeholder="Anywhere"
          hint="Such as 10.0.0.0/8, divided by commas"
          value={networks}
          onChange={(event) => setNetworks(event.target.value)}
        />
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Never mind
          </button>
          <button type="submit" className="button primary" disabled={!name || scopes.length === 0}>
            Make the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Made({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const text = made.api_secret ? `${made.api_key}\n${made.api_secret}` : made.api_key;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    say("Copied");
  };
  return (
    <Dialog title="Keep it now" onClose={onClose}>
      <div className="dialog-body">
        <div className="note-box warned">It is shown this once: the server keeps only its hash.</div>
        <pre className="secret">{text}</pre>
        <div className="dialog-foot">
          <button type="button" className="button" onClick={copy}>
            <Icon name="copy" size={14} /> Copy
          </button>
          <button type="button" className="button primary" onClick={onClose}>
            I have it
          </button>
        </div>
      </div>
    </Dialog>
  );
}
