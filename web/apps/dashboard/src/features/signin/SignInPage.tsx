/** Signing in: a password, and the code of a second factor where the account has one. */
import { type FormEvent, useState } from "react";
import { session } from "../../api/client.ts";
import { Input } from "../../ui/form.tsx";
import { Mark } from "../../ui/icons.tsx";
import { messageOf } from "../../ui/panel.tsx";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

export function SignInPage({ isExpired }: { isExpired: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await session.signIn({
        email: email.trim(),
        password,
        ...(step === "code" ? { mfa_token: code.trim() } : {}),
      });
    } catch (problem) {
      setBusy(false);
      if (codeOf(problem) === "MFA_REQUIRED") setStep("code");
      else setError(messageOf(problem));
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit} aria-label="Sign in">
        <div className="hello">
          <Mark size={44} />
          <h1>{step === "code" ? "One more step" : "Sign in to Openbell"}</h1>
          <p className="dim">
            {step === "code" ? "Enter the code from your authenticator app." : "Your own trading server."}
          </p>
        </div>
        {isExpired && !error && step === "password" ? (
          <div className="note-box warned" role="status">
            Your session has ended. Sign in to go on.
          </div>
        ) : null}
        {error ? (
          <div className="note-box bad" role="alert">
            {error}
          </div>
        ) : null}
        {step === "password" ? (
          <>
            <Input
              label="Email or username"
              name="username"
              autoComplete="username"
              autoFocus
              required
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
            <Input
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </>
        ) : (
          <Input
            label="Code"
            name="one-time-code"
            className="code-input"
            autoComplete="one-time-code"
            inputMode="numeric"
            autoFocus
            required
            value={code}
            hint="Six digits, or one of your recovery codes."
            onChange={(event) => setCode(event.target.value)}
          />
        )}
        <button type="submit" className="button primary large wide" disabled={isBusy}>
          {isBusy ? "Signing in…" : step === "code" ? "Verify" : "Sign in"}
        </button>
        {step === "code" ? (
          <button type="button" className="button quiet wide" onClick={() => setStep("password")}>
            Use another account
          </button>
        ) : null}
      </form>
    </main>
  );
}
