/** The frame round every page: rail, bar, banners, and what opens over them. */
import { Suspense, useEffect, useState } from "react";
import { Bones, Empty } from "../ui/panel.tsx";
import { Link, usePath } from "../ui/router.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { Banners } from "./Banners.tsx";
import { Boundary } from "./Boundary.tsx";
import { MoreSheet, Rail, TabBar } from "./Navigation.tsx";
import type { Overlay } from "./overlay.ts";
import { Palette } from "./Palette.tsx";
import { pageOf } from "./pages.ts";
import { Shortcuts } from "./Shortcuts.tsx";
import { TopBar } from "./TopBar.tsx";
import { useKeys } from "./useKeys.ts";

export function Shell() {
  const path = usePath();
  const page = pageOf(path);
  const [overlay, setOverlay] = useState<Overlay>();
  const close = () => setOverlay(undefined);
  useKeys(setOverlay);
  useEffect(() => {
    document.title = page ? `${page.title} – Openbell` : "Openbell";
  }, [page]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Rail current={page?.path} />
      <div className="column">
        <Banners />
        <TopBar title={page?.title ?? "Not found"} onOverlay={setOverlay} />
        <main id="main" tabIndex={-1}>
          <Boundary key={page?.path}>
            <Suspense fallback={<Bones lines={8} />}>{page ? <page.Page /> : <NotFound />}</Suspense>
          </Boundary>
        </main>
      </div>
      <TabBar current={page?.path} onMore={() => setOverlay("more")} />
      {overlay === "palette" ? <Palette onClose={close} /> : null}
      {overlay === "shortcuts" ? <Shortcuts onClose={close} /> : null}
      {overlay === "more" ? <MoreSheet onClose={close} /> : null}
      <Toasts />
    </div>
  );
}

function NotFound() {
  return (
    <Empty icon="research" title="There is no such page">
      <Link href="/">Go to the overview</Link>
    </Empty>
  );
}
