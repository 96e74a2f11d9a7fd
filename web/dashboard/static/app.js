// The frame around the pages, and the way from one to the next.
import { T } from "./text.js";
import { h, put, tick, diff } from "./util.js";
import { get, listen, connect, Problem } from "./api.js";
import { poolPage } from "./pool.js";
import { blocksPage, blockPage } from "./blocks.js";
import { minerPage } from "./miner.js";
import { soloPage } from "./solo.js";
import { connectPage } from "./connect.js";
import { operatorPage } from "./operator.js";

const main = document.getElementById("main");
const pages = [
  [/^\/$/, poolPage, "/"],
  [/^\/blocks$/, blocksPage, "/blocks"],
  [/^\/block\/([^/]+)\/([^/]+)$/, blockPage, "/blocks"],
  [/^\/miner\/(.+)$/, minerPage, ""],
  [/^\/solo(?:\/(.+))?$/, soloPage, "/solo"],
  [/^\/connect$/, connectPage, "/connect"],
  [/^\/operator$/, operatorPage, "/operator"],
];

let leave = null; // ends the present page

// go shows the page of the address bar.
async function go(focus) {
  leave?.abort();
  const end = (leave = new AbortController());
  const timers = [];
  end.signal.addEventListener("abort", () => timers.forEach(clearInterval));
  const ctx = {
    signal: end.signal,
    query: new URLSearchParams(location.search),
    every: (seconds, f) => timers.push(setInterval(f, seconds * 1000)),
    on: (kind, f) => listen(end.signal, (k, data) => { if (k === kind) f(data); }),
    onBlock: (f) => listen(end.signal, (k, data) => { if (k === "block") soon(timers, () => f(data)); }),
    visit,
  };
  const found = pages.find(([p]) => p.test(location.pathname));
  mark(found ? found[2] : "");
  main.setAttribute("aria-busy", "true");
  if (!main.firstElementChild || focus) put(main, h("p", { class: "soft" }, T.loading));
  let content;
  try {
    if (!found) throw new Problem(404, T.error.page);
    content = await found[1](ctx, ...location.pathname.match(found[0]).slice(1).map((p) => p && decodeURIComponent(p)));
  } catch (e) {
    if (end.signal.aborted) return;
    content = wrong(e);
  }
  if (end.signal.aborted) return;
  put(main, content);
  main.setAttribute("aria-busy", "false");
  const title = main.querySelector("h1");
  document.title = (title ? title.textContent + " · " : "") + T.name;
  if (title && focus) {
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

// soon calls f when the accounts have caught up with what has happened just now, and
// answers that were made before are no longer given.
function soon(timers, f) {
  for (const ms of [1200, 3500]) timers.push(setTimeout(f, ms));
}

function wrong(e) {
  if (!(e instanceof Problem)) console.error(e);
  return [h("h1", null, T.error.title), h("p", null, e.message),
    h("div", { class: "row" }, h("button", { type: "button", onclick: () => go(true) }, T.retry), h("a", { href: "/" }, T.error.home))];
}

// visit goes to another page of this program.
export function visit(path) {
  history.pushState(null, "", path);
  go(true);
}

document.addEventListener("click", (e) => {
  const a = e.target.closest("a");
  if (!a || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || a.target || a.origin !== location.origin) return;
  if (!pages.some(([p]) => p.test(a.pathname)) || a.hash) return;
  e.preventDefault();
  visit(a.pathname + a.search);
});
addEventListener("popstate", () => go(true));

function mark(path) {
  for (const a of document.querySelectorAll(".top nav a")) {
    if (a.pathname === path) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
}

function frame() {
  document.getElementById("skip").textContent = T.skip;
  const input = h("input", { type: "search", name: "address", placeholder: T.find.hint, "aria-label": T.find.label, autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  try { input.value = localStorage.getItem("address") || ""; } catch { /* nothing is remembered */ }
  const find = h("form", { class: "find", role: "search", onsubmit: (e) => {
    e.preventDefault();
    const address = input.value.trim();
    try { localStorage.setItem("address", address); } catch { /* nothing is remembered */ }
    if (address) visit((location.pathname.startsWith("/solo") ? "/solo/" : "/miner/") + encodeURIComponent(address));
  } }, input, h("button", null, T.find.go));
  put(document.getElementById("top"), h("div", { class: "in" },
    h("a", { class: "brand", href: "/" }, h("img", { src: "/ui/icon.svg", alt: "" }), T.name),
    h("nav", { "aria-label": T.nav.label },
      [["/", T.nav.pool], ["/blocks", T.nav.blocks], ["/solo", T.nav.solo], ["/connect", T.nav.connect]].map(([href, text]) => h("a", { href }, text)),
      h("a", { href: "/operator", id: "operator-link", hidden: true }, T.nav.operator)),
    find));
  put(document.getElementById("bottom"), h("div", { class: "in" },
    h("span", { id: "version" }), h("a", { href: "/api/v1/openapi.yaml" }, T.api), h("a", { href: "/status.txt" }, T.statusText),
    h("span", { id: "live", class: "badge" }), theme()));
}

function theme() {
  const order = ["auto", "light", "dark"];
  const now = () => document.documentElement.dataset.theme || "auto";
  const b = h("button", { type: "button", onclick: () => {
    const next = order[(order.indexOf(now()) + 1) % order.length];
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* for this time only */ }
    b.textContent = `${T.theme.label}: ${T.theme[now()]}`;
  } }, `${T.theme.label}: ${T.theme[now()]}`);
  return b;
}

// about tells what the program is, and what is wrong with it.
async function about() {
  const banner = document.getElementById("banner");
  try {
    const a = await get("/api/v1/about");
    document.getElementById("version").textContent = `${T.name} ${a.version}`;
    document.getElementById("operator-link").hidden = !a.operator;
    put(banner, a.problems.map((p) => h("p", { class: "note bad" }, (p.pool ? p.pool + ": " : "") + p.text)));
  } catch {
    put(banner, h("p", { class: "note bad" }, T.awayBanner));
  }
}

function tell(text) {
  const p = h("p", null, text);
  document.getElementById("news").append(p);
  setTimeout(() => p.remove(), 12000);
}

function live() {
  const state = document.getElementById("live");
  const on = (yes) => {
    state.textContent = yes ? T.live : T.away;
    state.className = "badge " + (yes ? "good" : "warn");
  };
  on(false);
  let opened = 0, lost = false;
  listen(null, (kind, data) => {
    if (kind === "open") {
      opened = Date.now();
      on(true);
      if (lost) { about(); go(false); }
      lost = false;
    }
    if (kind === "closed") {
      on(false);
      lost = true;
    }
    if (Date.now() - opened < 1500) return; // the state at the beginning is no news
    if (kind === "block") tell(data.state === "pending" ? T.event.found(data.chain, data.height) : T.event.changed(data.chain, data.height, T.state[data.state] || data.state));
    if (kind === "best") tell(T.event.best(diff(data.difficulty)));
  });
  connect();
}

frame();
about();
go(false);
live();
setInterval(tick, 1000);
setInterval(about, 30000);
