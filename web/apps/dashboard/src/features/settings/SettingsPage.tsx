/** Yourself, your sessions and keys, and for admins everybody else. */
import { useMay } from "../../api/may.ts";
import { KeysPanel } from "./KeysPanel.tsx";
import { MfaPanel } from "./MfaPanel.tsx";
import { PasswordPanel } from "./PasswordPanel.tsx";
import { ProfilePanel } from "./ProfilePanel.tsx";
import { SessionsPanel } from "./SessionsPanel.tsx";
import { UsersPanel } from "./UsersPanel.tsx";

export default function SettingsPage() {
  const isAdmin = useMay("admin");
  return (
    <div className="page">
      <div className="cols two">
        <div className="stack">
          <ProfilePanel />
          <PasswordPanel />
        </div>
        <MfaPanel />
      </div>
      <SessionsPanel />
      <KeysPanel />
      {isAdmin ? <UsersPanel /> : null}
    </div>
  );
}
