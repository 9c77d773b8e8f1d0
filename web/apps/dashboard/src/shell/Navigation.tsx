/** Ways to the pages: the rail, the tab bar of a phone, and the sheet with all of them. */
import { useAlerts } from "../api/queries.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon, Mark } from "../ui/icons.tsx";
import { Link } from "../ui/router.tsx";
import { PAGES, type PageEntry } from "./pages.ts";

const GROUPS = ["Trade", "Automate", "Watch", "Run"] as const;
const TABS = ["/", "/market", "/orders", "/strategies"];

function useUnseen(): number {
  return useAlerts({ acknowledged: false, perPage: 5 }).data?.meta.unacknowledged_count ?? 0;
}

export function Rail({ current }: { current: string | undefined }) {
  const unseen = useUnseen();
  return (
    <nav className="rail" aria-label="Main">
      <Link href="/" className="brand" aria-label="Openbell, overview">
        <Mark size={26} />
        <span className="text">Openbell</span>
      </Link>
      {GROUPS.map((group) => (
        <div key={group} className="stack" style={{ gap: "2px" }}>
          <div className="group">{group}</div>
          {PAGES.filter((page) => page.group === group).map((page) => (
            <Link
              key={page.path}
              href={page.path}
              className="item"
              title={page.title}
              aria-current={page.path === current ? "page" : undefined}
            >
              <Icon name={page.icon} />
              <span className="text">{page.title}</span>
              {page.path === "/alerts" && unseen > 0 ? (
                <span className="count">{unseen > 99 ? "99+" : unseen}</span>
              ) : null}
            </Link>
          ))}
        </div>
      ))}
      <div className="foot">
        Charts by{" "}
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
          TradingView
        </a>
      </div>
    </nav>
  );
}

interface TabBarProps {
  readonly current: string | undefined;
  readonly onMore: () => void;
}

export function TabBar({ current, onMore }: TabBarProps) {
  const tabs = TABS.map((path) => PAGES.find((page) => page.path === path)).filter(
    (page) => page !== undefined,
  );
  return (
    <nav className="tabbar" aria-label="Main">
      {tabs.map((page: PageEntry) => (
        <Link key={page.path} href={page.path} aria-current={page.path === current ? "page" : undefined}>
          <Icon name={page.icon} size={20} />
          {page.title}
        </Link>
      ))}
      <button type="button" onClick={onMore}>
        <Icon name="more" size={20} />
        More
      </button>
    </nav>
  );
}

export function MoreSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="All pages" onClose={onClose}>
      <div className="dialog-body sheet">
        {PAGES.map((page) => (
          <Link key={page.path} href={page.path} className="button" onClick={onClose}>
            <Icon name={page.icon} /> {page.title}
          </Link>
        ))}
      </div>
    </Dialog>
  );
}
