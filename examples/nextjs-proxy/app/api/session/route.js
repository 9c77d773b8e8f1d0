// Next.js route handler (App Router): /api/session begins a session.
import { signIn } from "../../../lib/control.mjs";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

export const POST = async (request) => signIn(request, process.env);
