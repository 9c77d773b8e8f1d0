/** What the signed-in user may do: a page shows no control that the server would refuse. */
import { useReadable } from "@openbell/react";
import { session } from "./client.ts";
import type { User } from "./types.ts";

export type Right = "trade" | "control" | "admin";

/** Give who is signed in. Only for what is shown behind the sign-in. */
export function useUser(): User {
  const state = useReadable(session.state);
  if (state.status !== "signed_in") throw new Error("nobody is signed in");
  return state.user;
}

/** Tell whether the signed-in user holds a right. */
export function useMay(right: Right): boolean {
  return useUser().scopes.includes(right);
}
