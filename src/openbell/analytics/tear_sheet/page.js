"use strict";
// What a page does beyond being read: light or dark by hand, one instrument at a time, tables that sort and turn pages.
(() => {
  const root = document.documentElement;
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  for (const button of document.querySelectorAll(".theme")) {
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; });
  }

  // Without a script the charts of all instruments stand below each other.
  for (const panel of document.querySelectorAll(".choice")) {
    const chooser = panel.querySelector(".chooser");
    if (!chooser) continue;
    const charts = [...panel.querySelectorAll(".chosen")];
    const select = chooser.querySelector("select");
    const show = () => charts.forEach((chart, i) => { chart.hidden = i !== select.selectedIndex; });
    select.addEventListener("change", show);
    chooser.hidden = false;
    show();
  }

  const rowsAPage = 25;
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));

  for (const table of document.querySelectorAll("table.sorts")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const pager = table.closest(".panel").querySelector(".pager");
    let page = 0;
    const show = () => {
      const pages = Math.max(1, Math.ceil(rows.length / rowsAPage));
      page = Math.min(Math.max(page, 0), pages - 1);
      body.replaceChildren(...rows);
      rows.forEach((row, i) => { row.classList.toggle("off", Math.floor(i / rowsAPage) !== page); });
      if (!pager) return;
      pager.hidden = pages === 1;
      const first = page * rowsAPage + 1;
      const last = Math.min(rows.length, first + rowsAPage - 1);
      pager.querySelector("output").textContent = `${first}–${last} of ${rows.length}`;
      const [back, forth] = pager.querySelectorAll("button");
      back.disabled = page === 0;
      forth.disabled = page === pages - 1;
    };
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const sort = () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        rows.sort((a, b) => (falling ? -1 : 1) * compare(valueOf(a, column), valueOf(b, column)));
        page = 0;
        show();
      };
      head.tabIndex = 0;
      head.classList.add("sortable");
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
    });
    if (pager) {
      const [back, forth] = pager.querySelectorAll("button");
      back.addEventListener("click", () => { page -= 1; show(); });
      forth.addEventListener("click", () => { page += 1; show(); });
    }
    show();
  }
})();
