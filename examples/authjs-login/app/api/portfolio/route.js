// Next.js route handler (App Router): /api/portfolio, on behalf of whoever is signed in.
import { portfolio } from "../../../lib/portfolio.mjs";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

export const GET = (request) => portfolio(request, process.env);
