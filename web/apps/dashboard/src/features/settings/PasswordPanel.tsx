/** Changing one's password, which ends every session one has. */
import { type FormEvent, useState } from "react";
import { platform } from "../../api/client.ts";
import { Input } from "../../ui/form.tsx";
import { messageOf, Panel } from "../../ui/panel.tsx";

export function PasswordPanel() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      await platform.post("/v1/auth/password", { body: { current_password: current, new_password: next } });
      location.assign("/");
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <Panel title="Password and sessions">
      <form className="stack" onSubmit={submit} aria-label="Password">
        <p className="dim small">A new password signs you out everywhere, here too.</p>
        <div className="fields">
          <Input
            label="Present password"
            type="password"
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
          <Input
            label="New password"
            type="password"
            autoComplete="new-password"
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </div>
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        <div className="row end">
          <button type="submit" className="button" disabled={!current || !next}>
            Change password
          </button>
        </div>
      </form>
    </Panel>
  );
}
