/** Who is there: nobody yet, somebody to sign in, or somebody to show the house to. */
import { MarketDataProvider, useReadable } from "@openbell/react";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { session } from "../api/client.ts";
import { SignInPage } from "../features/signin/SignInPage.tsx";
import { follow } from "../live/account.ts";
import { market, stream } from "../live/stream.ts";
import { Mark } from "../ui/icons.tsx";
import { Shell } from "./Shell.tsx";

const client = new QueryClient({
  queryCache: new QueryCache(),
  mutationCache: new MutationCache(),
  // The session and the transport have tried again already where that makes sense.
  defaultOptions: { queries: { retry: false, staleTime: 5_000, refetchOnWindowFocus: true } },
});

export function App() {
  const state = useReadable(session.state);
  const [isRestoring, setRestoring] = useState(true);
  useEffect(() => {
    session
      .restore()
      .catch(() => null)
      .finally(() => setRestoring(false));
  }, []);
  if (state.status === "signed_in") {
    return (
      <QueryClientProvider client={client}>
        <SignedIn />
      </QueryClientProvider>
    );
  }
  // Who has just signed out waits for the page to be loaded anew.
  if (isRestoring || state.reason === "asked") return <Splash />;
  return <SignInPage isExpired={state.reason === "expired"} />;
}

function SignedIn() {
  useEffect(() => {
    // A stream that has ended for good belongs to an earlier session: begin anew.
    if (stream.state.get().status === "closed") location.reload();
    const stop = follow(client);
    stream.connect().catch(() => undefined);
    return stop;
  }, []);
  return (
    <MarketDataProvider store={market} autoConnect={false}>
      <Shell />
    </MarketDataProvider>
  );
}

function Splash() {
  return (
    <div className="sign-in" role="status" aria-label="Loading">
      <Mark size={44} />
    </div>
  );
}
