// The frame around the pages, and the way from one to the next.
import { T } from "./text.js";
import { h, put, patch, tick, diff } from "./util.js";
import { get, passing, Problem } from "./api.js";
import { listen, follow, connect, reconnect, streams } from "./live.js";
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

const retry = 2000; // milliseconds, of a page that could not be shown

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
    follow: (kinds, f, fits) => follow(end.signal, kinds, f, fits),
    again: () => go(false),
    visit,
  };
  const found = pages.find(([p]) => p.test(location.pathname));
  mark(found ? found[2] : "");
  main.setAttribute("aria-busy", "true");
  if (!main.querySelector("h1") || focus) put(main, h("p", { class: "soft" }, T.loading));
  let content;
  try {
    if (!found) throw new Problem(404, T.error.page);
    content = await found[1](ctx, ...location.pathname.match(found[0]).slice(1).map((p) => p && decodeURIComponent(p)));
  } catch (e) {
    if (end.signal.aborted) return;
    if (passing(e)) timers.push(setTimeout(ctx.again, retry));
    patch(main, wrong(e));
    return shown(focus);
  }
  if (end.signal.aborted) return;
  focus ||= main.contains(document.activeElement) && main !== document.activeElement; // on what goes now
  put(main, content);
  shown(focus);
}

// shown ends the way to a page.
function shown(focus) {
  main.setAttribute("aria-busy", "false");
  const title = main.querySelector("h1");
  document.title = (title ? title.textContent + " · " : "") + T.name;
  if (!title || !focus) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function wrong(e) {
  if (!(e instanceof Problem)) console.error(e);
  return [h("h1", null, T.error.title), h("p", null, e.message), passing(e) ? h("p", { class: "soft" }, T.error.again) : null,
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
    h("span", { id: "version" }), h("a", { href: "/api/v1/openapi.yaml" }, T.api),
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

const calm = 30000, uneasy = 3000; // milliseconds until about is asked again
let asked = 0, next = 0;

// about tells what the program is, and what is wrong with it.
async function about() {
  const mine = ++asked, banner = document.getElementById("banner");
  clearTimeout(next);
  let fine = false, reached = true;
  try {
    const a = await get("/api/v1/about");
    if (mine !== asked) return;
    document.getElementById("version").textContent = `${T.name} ${a.version}`;
    document.getElementById("operator-link").hidden = !a.operator;
    patch(banner, a.problems.map((p) => h("p", { class: "note bad" }, (p.pool ? p.pool + ": " : "") + p.text)));
    fine = a.problems.length === 0;
  } catch (e) {
    if (mine !== asked) return;
    reached = e.status > 0;
    patch(banner, h("p", { class: "note bad" }, T.awayBanner));
    if (!reached && streams()) return reconnect(); // which asks again
  }
  badge(reached);
  next = setTimeout(about, fine && streams() ? calm : uneasy);
}

function badge(reached) {
  const state = document.getElementById("live");
  state.textContent = streams() ? T.live : reached ? T.slow : T.away;
  state.className = "badge " + (streams() ? "good" : "warn");
}

const newsShown = 3, newsFor = 12000, sayEvery = 6000; // milliseconds
let unsaid = [], saying = 0;

// tell shows news for a while, the last few of them, and says them one line at a time
// to who cannot see them.
function tell(text) {
  const all = document.getElementById("news"), p = h("p", null, text);
  all.append(p);
  while (all.children.length > newsShown) all.firstElementChild.remove();
  setTimeout(() => p.remove(), newsFor);
  unsaid.push(text);
  if (!saying) say();
}

function say() {
  saying = unsaid.length ? setTimeout(say, sayEvery) : 0;
  if (!saying) return;
  document.getElementById("said").textContent = unsaid.length > 1 ? T.event.more(unsaid.at(-1), String(unsaid.length - 1)) : unsaid[0];
  unsaid = [];
}

const lostStates = ["orphaned", "refused", "lost"];

function live() {
  let opened = 0;
  listen(null, (kind, data) => {
    if (kind === "open") opened = Date.now();
    if (kind === "open" || kind === "closed" || kind === "back") {
      badge(true);
      about();
    }
    if (Date.now() - opened < 1500) return; // the state at the beginning is no news
    if (kind === "block" && data.state === "pending") tell(T.event.found(data.chain, data.height));
    if (kind === "block" && lostStates.includes(data.state)) tell(T.event.changed(data.chain, data.height, T.state[data.state]));
    if (kind === "best") tell(T.event.best(diff(data.difficulty)));
  });
  connect();
}

frame();
about();
go(false);
live();
setInterval(tick, 1000);
