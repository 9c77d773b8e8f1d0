/** Everybody who may sign in, for admins. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useUser } from "../../api/may.ts";
import type { User } from "../../api/types.ts";
import { day } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Confirm, Dialog } from "../../ui/dialog.tsx";
import { Input, Select } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Loaded, messageOf, Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { say, tell } from "../../ui/toasts.tsx";

const ROLES = ["admin", "user", "read-only"] as const;
type RoleName = (typeof ROLES)[number];
const OPTIONS = ROLES.map((value) => ({ value, label: sentence(value) }));
const roleOf = (text: string): RoleName => ROLES.find((role) => role === text) ?? "read-only";

export function UsersPanel() {
  const client = useQueryClient();
  const self = useUser();
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<User>();
  const users = useQuery({
    queryKey: KEYS.users,
    queryFn: async ({ signal }) =>
      (await platform.get("/v1/users", { query: { per_page: 100 }, signal })).data,
  });
  const renew = () => client.invalidateQueries({ queryKey: KEYS.users });
  const change = async (user: User, body: { role?: RoleName; is_active?: boolean }) => {
    await tell(platform.patch("/v1/users/{user_id}", { path: { user_id: user.user_id }, body }), "Changed");
    await renew();
  };
  const columns: Column<User>[] = [
    { name: "Username", cell: (row) => row.username, sort: (row) => row.username },
    { name: "Email", cell: (row) => <span className="dim">{row.email}</span>, sort: (row) => row.email },
    {
      name: "Role",
      cell: (row) =>
        row.user_id === self.user_id ? (
          sentence(row.role)
        ) : (
          <select
            className="select slim"
            aria-label={`Role of ${row.username}`}
            value={row.role}
            onChange={(event) => change(row, { role: roleOf(event.target.value) })}
          >
            {OPTIONS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        ),
    },
    { name: "Since", cell: (row) => day(row.created_at), sort: (row) => row.created_at },
    {
      name: "State",
      cell: (row) => (
        <span className={`badge ${row.is_active ? "good" : ""}`}>
          {row.is_active ? "Active" : "Locked out"}
        </span>
      ),
    },
    {
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) =>
        row.user_id === self.user_id ? null : (
          <>
            <button
              type="button"
              className="button small"
              onClick={() => change(row, { is_active: !row.is_active })}
            >
              {row.is_active ? "Lock out" : "Let in"}
            </button>
            <button type="button" className="button small" onClick={() => setRemoving(row)}>
              Remove
            </button>
          </>
        ),
    },
  ];
  return (
    <Panel
      title="Users"
      layout="flush"
      actions={
        <button type="button" className="button small" onClick={() => setAdding(true)}>
          <Icon name="plus" size={14} /> Add user
        </button>
      }
    >
      <Loaded query={users}>
        {(rows) => (
          <Table label="Users" columns={columns} rows={rows} keyOf={(row) => row.user_id} empty={null} />
        )}
      </Loaded>
      {isAdding ? <NewUser onClose={() => setAdding(false)} onDone={renew} /> : null}
      {removing ? (
        <Confirm
          title={`Remove ${removing.username}?`}
          action="Remove"
          typed={removing.username.toUpperCase()}
          run={async () => {
            await platform.delete("/v1/users/{user_id}", { path: { user_id: removing.user_id } });
            say(`${removing.username} is removed`);
            await renew();
          }}
          onClose={() => setRemoving(undefined)}
        >
          <p>Their keys and sessions end at once.</p>
        </Confirm>
      ) : null}
    </Panel>
  );
}

function NewUser({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<RoleName>("user");
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      await platform.post("/v1/users", {
        body: { email, password, role, ...(username ? { username } : {}) },
      });
      say(`${username || email} may sign in`);
      onDone();
      onClose();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <Dialog title="Add user" onClose={onClose}>
      <form className="dialog-body" onSubmit={submit} aria-label="Add user">
        <Input
          label="Email"
          type="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Input label="Username" value={username} onChange={(event) => setUsername(event.target.value)} />
        <Input
          label="Password"
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Select
          label="Role"
          value={role}
          options={OPTIONS}
          onChange={(event) => setRole(roleOf(event.target.value))}
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
          <button type="submit" className="button primary">
            Add user
          </button>
        </div>
      </form>
    </Dialog>
  );
}
