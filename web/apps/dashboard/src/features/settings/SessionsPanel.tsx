/** Where one is signed in, and the way to end what should not be. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform, session } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import type { Session } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { say } from "../../ui/toasts.tsx";
import { deviceOf } from "./agents.ts";

export function SessionsPanel() {
  const client = useQueryClient();
  const [ending, setEnding] = useState<Session>();
  const sessions = useQuery({
    queryKey: KEYS.sessions,
    queryFn: async ({ signal }) => (await platform.get("/v1/sessions", { signal })).data,
  });
  const columns: Column<Session>[] = [
    {
      name: "Device",
      cell: (row) => (
        <>
          <span title={row.user_agent}>{deviceOf(row.user_agent)}</span>{" "}
          {row.is_current ? <span className="badge good">This one</span> : null}
        </>
      ),
      sort: (row) => deviceOf(row.user_agent),
    },
    { name: "Address", cell: (row) => <code>{row.client_ip || "–"}</code>, sort: (row) => row.client_ip },
    { name: "Signed in", cell: (row) => moment(row.created_at), sort: (row) => row.created_at },
    { name: "Renewed", cell: (row) => moment(row.refreshed_at), sort: (row) => row.refreshed_at ?? "" },
    { name: "Ends", cell: (row) => moment(row.expires_at), sort: (row) => row.expires_at },
    {
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) => (
        <button
          type="button"
          className="button small"
          aria-label={`Revoke ${deviceOf(row.user_agent)} at ${row.client_ip}`}
          onClick={() => setEnding(row)}
        >
          Revoke
        </button>
      ),
    },
  ];
  const revoke = async (one: Session) => {
    if (one.is_current) {
      await session.signOut();
      location.assign("/");
      return;
    }
    await platform.delete("/v1/sessions/{session_id}", { path: { session_id: one.session_id } });
    say("The session is over");
    await client.invalidateQueries({ queryKey: KEYS.sessions });
  };
  return (
    <Panel title="Sessions" layout="flush" note="Where you are signed in">
      <Loaded query={sessions}>
        {(rows) => (
          <Table
            label="Sessions"
            columns={columns}
            rows={rows}
            keyOf={(row) => row.session_id}
            empty={<Empty icon="settings" title="No sessions" />}
          />
        )}
      </Loaded>
      {ending ? (
        <Confirm
          title={`Revoke ${deviceOf(ending.user_agent)}?`}
          action="Revoke it"
          run={() => revoke(ending)}
          onClose={() => setEnding(undefined)}
        >
          <p>
            {ending.is_current
              ? "This is where you are now: you are signed out here."
              : "It is signed out at once, and has to give the password to come back."}
          </p>
        </Confirm>
      ) : null}
    </Panel>
  );
}
