// Next.js route handler (App Router), with `next-auth` 5: everything under /api/auth.
import NextAuth from "next-auth";
import { authConfig } from "../../../../lib/auth.mjs";

export const runtime = "nodejs";

const { handlers } = NextAuth(authConfig(process.env));

export const { GET, POST } = handlers;
