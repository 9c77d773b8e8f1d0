// Next.js route handler (App Router): /api/control/parameters and /api/control/emergency-stop.
import { control } from "../../../../lib/control.mjs";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";

const handle = async (request, { params }) => control(request, (await params).action, process.env);

export { handle as GET, handle as PATCH, handle as POST };
