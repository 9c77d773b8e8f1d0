/** The second factor: set up by scanning a code, taken away by giving one. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { terminal } from "../../api/terminal.ts";
import type { MfaSetup } from "../../api/types.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Input } from "../../ui/form.tsx";
import { Loaded, messageOf, Panel } from "../../ui/panel.tsx";
import { say } from "../../ui/toasts.tsx";

export function MfaPanel() {
  const client = useQueryClient();
  const profile = useQuery({ queryKey: KEYS.profile, queryFn: () => terminal.profile(), staleTime: 60_000 });
  const [setup, setSetup] = useState<MfaSetup>();
  const [error, setError] = useState<string>();
  const [isLeaving, setLeaving] = useState(false);
  const begin = async () => {
    setError(undefined);
    try {
      setSetup(await terminal.beginMfa());
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  const done = () => {
    setSetup(undefined);
    void client.invalidateQueries({ queryKey: KEYS.profile });
  };
  return (
    <Panel title="Second factor">
      <Loaded query={profile}>
        {({ mfa_enabled, recovery_codes_left }) =>
          setup ? (
            <Setup setup={setup} onDone={done} />
          ) : (
            <div className="stack">
              <div className="row">
                <span className={`badge ${mfa_enabled ? "good" : "warned"}`}>
                  {mfa_enabled ? "On" : "Off"}
                </span>
                {mfa_enabled ? (
                  <span className="dim">{String(recovery_codes_left)} recovery codes left</span>
                ) : null}
              </div>
              <p className="dim small">
                With a second factor, signing in takes a code from your phone beside the password.
              </p>
              {error ? <div className="note-box bad">{error}</div> : null}
              <div className="row">
                {mfa_enabled ? (
                  <button type="button" className="button" onClick={() => setLeaving(true)}>
                    Switch off
                  </button>
                ) : (
                  <button type="button" className="button primary" onClick={begin}>
                    Set up
                  </button>
                )}
              </div>
            </div>
          )
        }
      </Loaded>
      {isLeaving ? <LeaveDialog onClose={() => setLeaving(false)} onDone={done} /> : null}
    </Panel>
  );
}

function Setup({ setup, onDone }: { setup: MfaSetup; onDone: () => void }) {
  const [code, setCode] = useState("");
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(undefined);
    try {
      await terminal.confirmMfa(code.trim());
      say("The second factor is on");
      onDone();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <form className="stack mfa" onSubmit={submit} aria-label="Second factor">
      <div className="mfa-code">
        <img src={setup.qr_code} alt="QR code for your authenticator app" width="168" height="168" />
        <div className="stack tight">
          <p className="dim small">Scan it with an authenticator app, or type the secret:</p>
          <code data-testid="mfa-secret">{setup.secret}</code>
          <p className="dim small">
            Keep these recovery codes; each signs in once, and they are not shown again:
          </p>
          <ul className="codes">
            {setup.recovery_codes.map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ul>
        </div>
      </div>
      <Input
        label="Code from the app"
        className="code-input"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        wrong={error}
        onChange={(event) => setCode(event.target.value)}
      />
      <div className="row end">
        <button type="submit" className="button primary" disabled={code.trim().length < 6}>
          Switch on
        </button>
      </div>
    </form>
  );
}

function LeaveDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [code, setCode] = useState("");
  const run = async () => {
    await terminal.disableMfa(code.trim());
    say("The second factor is off", "warned");
    onDone();
  };
  return (
    <Confirm title="Switch the second factor off?" action="Switch off" run={run} onClose={onClose}>
      <p>Your password alone will sign in.</p>
      <Input label="A code from the app" value={code} onChange={(event) => setCode(event.target.value)} />
    </Confirm>
  );
}
