// The configuration of Auth.js. Next.js gives it to NextAuth, server.mjs to Auth.
import { CredentialsSignin } from "@auth/core/errors";
import Credentials from "@auth/core/providers/credentials";
import { fresh, signIn, signOut } from "./openbell.mjs";

class Refused extends CredentialsSignin {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** `seen` is told the tokens of a request's session, for whoever calls Openbell on the user's behalf. */
export function authConfig(env, seen = () => {}) {
  return {
    secret: env.AUTH_SECRET,
    trustHost: true,
    basePath: "/api/auth",
    session: { strategy: "jwt" },
    logger: { error: () => {}, warn: () => {} },
    providers: [
      Credentials({
        credentials: {
          email: { label: "E-mail" },
          password: { label: "Password", type: "password" },
          mfa_token: { label: "Code of the second factor, if you have one" },
        },
        async authorize(given) {
          const user = await signIn(given, env);
          if (user.refused) throw new Refused(user.refused);
          return user;
        },
      }),
    ],
    callbacks: {
      // The token is the cookie, encrypted by AUTH_SECRET: the browser carries it and cannot read it.
      async jwt({ token, user }) {
        const tokens = user ? user.tokens : await fresh(token.openbell, env);
        seen(tokens);
        return tokens === null ? null : { ...token, openbell: tokens };
      },
      // What scripts may see: who it is, and no token.
      session: ({ session }) => ({ user: { email: session.user.email }, expires: session.expires }),
    },
    events: {
      signOut: ({ token }) => (token ? signOut(token.openbell, env) : undefined),
    },
  };
}
