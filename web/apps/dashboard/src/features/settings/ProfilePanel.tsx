/** Who is signed in, how this page looks, and the way out. */
import { leave } from "../../api/client.ts";
import { useUser } from "../../api/may.ts";
import { day } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Segments } from "../../ui/form.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/panel.tsx";
import { setTheme, useTheme } from "../../ui/theme.ts";

const THEMES = [
  { value: "dark" as const, label: "Dark" },
  { value: "light" as const, label: "Light" },
];

export function ProfilePanel() {
  const user = useUser();
  const theme = useTheme();
  return (
    <Panel
      title="You"
      actions={
        <button type="button" className="button small" onClick={leave}>
          <Icon name="leave" size={14} /> Sign out here
        </button>
      }
    >
      <dl className="pairs">
        <div>
          <dt>Username</dt>
          <dd>{user.username}</dd>
        </div>
        <div>
          <dt>Email</dt>
          <dd>{user.email}</dd>
        </div>
        <div>
          <dt>Role</dt>
          <dd>{sentence(user.role)}</dd>
        </div>
        <div>
          <dt>May</dt>
          <dd>{user.scopes.join(", ")}</dd>
        </div>
        <div>
          <dt>Account</dt>
          <dd className="mono">{user.account_id}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>{day(user.created_at)}</dd>
        </div>
        <div>
          <dt>Colours</dt>
          <dd>
            <Segments label="Colours" value={theme} options={THEMES} onChange={setTheme} />
          </dd>
        </div>
      </dl>
    </Panel>
  );
}
