/** The one session and the one door to the server; the token lives in memory, its refresh token in a cookie. */
import { Platform, UserSession } from "@openbell/sdk";

export const session = new UserSession({ keep: "cookie" });
export const platform = new Platform(session);

/** Sign out and load the page anew, so that nothing of the session stays in memory. */
export async function leave(): Promise<void> {
  await session.signOut();
  location.assign("/");
}
