/* Before anything is painted: the theme that was chosen, or the system's. */
(() => {
  const chosen = localStorage.getItem("openbell.theme");
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : system;
})();
