// Before the page is drawn, so that it never flashes in the other colours.
(() => {
  try {
    const t = localStorage.getItem("theme");
    if (t === "dark" || t === "light") document.documentElement.dataset.theme = t;
  } catch { /* a browser that stores nothing follows the system */ }
})();
