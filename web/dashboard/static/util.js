import { T } from "./text.js";

// h makes an element. Attributes whose value is null or false are left out; on* are listeners.
export function h(tag, attrs, ...children) {
  const e = document.createElement(tag);
  fill(e, attrs);
  add(e, children);
  return e;
}

// s makes an element of a drawing.
export function s(tag, attrs, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(e, attrs);
  add(e, children);
  return e;
}

function fill(e, attrs) {
  for (const [k, v] of Object.entries(attrs || {})) {
    if (v === null || v === undefined || v === false) continue;
    if (k.startsWith("on")) hear(e, k.slice(2), v);
    else e.setAttribute(k, v === true ? "" : v);
  }
}

// heard are the listeners of an element, by the event's name. An element that stays
// on the page gets those of the one that would have taken its place, see patch; so a
// listener finds its element by the event's currentTarget.
const heard = new WeakMap();

function hear(e, kind, f) {
  let all = heard.get(e);
  if (!all) heard.set(e, (all = {}));
  if (!(kind in all)) e.addEventListener(kind, (event) => heard.get(e)[kind]?.(event));
  all[kind] = f;
}

export function add(e, children) {
  e.append(...nodes(children));
}

function nodes(children) {
  return children.flat(9).filter((c) => c !== null && c !== undefined && c !== false).map((c) => (c instanceof Node ? c : document.createTextNode(String(c))));
}

// put shows children in place of what e has.
export function put(e, ...children) {
  e.replaceChildren(...nodes(children));
}

// patch makes e show children, too, but keeps every element that is there already:
// the focus, what is opened and how far a table is scrolled outlast new numbers.
// Elements are told apart by data-key, those without one by their place.
export function patch(e, ...children) {
  const focus = document.activeElement;
  merge(e, nodes(children));
  if (focus !== document.activeElement && focus?.isConnected) focus.focus({ preventScroll: true }); // it was moved
}

function merge(e, wanted) {
  const old = [...e.childNodes], keyed = new Map(), stay = new Set();
  for (const o of old) if (o.dataset?.key) keyed.set(o.dataset.key, o);
  let from = 0;
  const pairs = wanted.map((w) => {
    let o = null;
    if (w.dataset?.key) o = keyed.get(w.dataset.key);
    else {
      let i = from;
      while (i < old.length && (old[i].nodeName !== w.nodeName || old[i].dataset?.key)) i++;
      if (i < old.length) { o = old[i]; from = i + 1; }
    }
    if (!o || o.nodeName !== w.nodeName || stay.has(o)) return null;
    stay.add(o);
    return o;
  });
  for (const o of old) if (!stay.has(o)) o.remove();
  let at = e.firstChild;
  wanted.forEach((w, i) => {
    const o = pairs[i];
    if (o === at && o) at = at.nextSibling;
    else e.insertBefore(o || w, at);
    if (o) update(o, w);
  });
}

function update(o, w) {
  if (o.nodeType === Node.TEXT_NODE) {
    if (o.nodeValue !== w.nodeValue) o.nodeValue = w.nodeValue;
    return;
  }
  const mine = (name) => name === "open" && o.nodeName === "DETAILS"; // whoever reads opens and closes it
  for (const { name } of [...o.attributes]) if (!w.hasAttribute(name) && !mine(name)) o.removeAttribute(name);
  for (const { name, value } of w.attributes) if (o.getAttribute(name) !== value && !mine(name)) o.setAttribute(name, value);
  const listeners = heard.get(w), had = heard.get(o);
  for (const kind in had) if (!listeners || !(kind in listeners)) had[kind] = null;
  for (const kind in listeners) hear(o, kind, listeners[kind]);
  merge(o, [...w.childNodes]);
}

const prefixes = ["", "k", "M", "G", "T", "P", "E", "Z"];

// si is a number with three digits and a prefix.
export function si(v, unit = "") {
  if (!Number.isFinite(v)) return "–";
  let i = 0;
  while (Math.abs(v) >= 999.5 && i < prefixes.length - 1) { v /= 1000; i++; }
  const digits = v === 0 || Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : Math.abs(v) >= 0.01 ? 2 : 6;
  const tail = prefixes[i] + unit;
  return v.toFixed(digits) + (tail ? "\u00a0" + tail : "");
}

export const rate = (v) => si(v, "H/s");
export const diff = (v) => (v > 0 && v < 0.01 ? v.toExponential(1) : si(v));
export const count = (v) => (typeof v === "bigint" ? v : Number(v)).toLocaleString("en-US").replaceAll(",", "\u202f");

export function percent(v, digits = 1) {
  if (v === null || v === undefined || !Number.isFinite(v)) return "–";
  const p = v * 100;
  if (p > 0 && p < 0.01) return p.toPrecision(2) + "\u00a0%";
  return p.toFixed(p >= 100 ? 0 : p >= 1 ? digits : 2) + "\u00a0%";
}

// amount is base units, a decimal string, as coins.
export function amount(units, decimals, symbol) {
  let v = BigInt(units);
  const sign = v < 0n ? "−" : "";
  if (v < 0n) v = -v;
  const base = 10n ** BigInt(decimals);
  const rest = decimals ? String(v % base).padStart(decimals, "0").replace(/0+$/, "") : "";
  return sign + count(v / base) + (rest ? "." + rest : "") + (symbol ? "\u00a0" + symbol : "");
}

// span is a length of time in words.
export function span(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const u = T.unit;
  if (seconds < 90) return `${Math.round(seconds)}\u00a0${u.s}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}\u00a0${u.min}`;
  if (seconds < 129600) return `${(seconds / 3600).toFixed(seconds < 36000 ? 1 : 0)}\u00a0${u.h}`;
  if (seconds < 2 * 365.25 * 86400) return `${Math.round(seconds / 86400)}\u00a0${u.d}`;
  return `${si(seconds / (365.25 * 86400))}\u00a0${u.y}`;
}

// when is a moment as "3 min ago", kept up by tick().
export function when(iso) {
  if (!iso) return T.never;
  const e = h("time", { datetime: iso, title: new Date(iso).toLocaleString() });
  age(e);
  return e;
}

function age(e) {
  const seconds = (Date.now() - Date.parse(e.dateTime)) / 1000;
  const text = Math.abs(seconds) < 2 ? T.now : seconds > 0 ? T.ago(span(seconds)) : T.inTime(span(-seconds));
  if (e.textContent !== text) e.textContent = text;
}

// tick keeps all moments up to date.
export function tick() {
  for (const e of document.querySelectorAll("main time")) age(e);
}

export const short = (text) => (text.length > 22 ? text.slice(0, 10) + "…" + text.slice(-8) : text);

const tones = { ready: "good", accepted: "good", mature: "good", confirmed: "good", degraded: "warn", syncing: "warn", starting: "warn", pending: "warn",
  received: "warn", sent: "warn", prepared: "warn", down: "bad", parked: "bad", orphaned: "bad", refused: "bad", lost: "bad", failed: "bad" };

export function badge(state, title) {
  return h("span", { class: "badge " + (tones[state] || ""), title: title || T.stateWhy[state] }, T.state[state] || state);
}

export function tiles(...all) {
  return h("dl", { class: "grid" }, all.filter(Boolean).map(([name, value, sub]) =>
    h("div", { class: "tile", "data-key": name }, h("dt", null, name), h("dd", null, value, sub ? h("small", null, sub) : null))));
}

// keyed is a row of a table that is known again by its key.
export const keyed = (key, cells) => Object.assign(cells, { key });

// table is a table with a caption; columns are [heading, what it holds], rows lists of cells.
// What it holds is true for numbers, "text" for sentences, else names and the like.
export function table(caption, columns, rows, empty) {
  if (rows.length === 0 && empty) return h("div", null, h("h2", null, caption), h("p", { class: "soft" }, empty));
  // The roles stay when a narrow window shows each row as a block of its own.
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "rows", role: "table" }, h("caption", null, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(([name, n]) => h("th", { scope: "col", role: "columnheader", class: kind(n) }, name)))),
      h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row", "data-key": cells.key }, cells.map((c, i) =>
        h("td", { role: "cell", class: kind(columns[i][1]), "data-name": columns[i][0] }, h("div", null, c))))))));
}

const kind = (holds) => (holds === true ? "n" : holds || null);

export const card = (...children) => h("section", { class: "card" }, children);

// keyedCard is a card that is known again by its key.
export const keyedCard = (key, ...children) => h("section", { class: "card", "data-key": key }, children);

// meter shows how full something is; its number stands beside it as text.
export function meter(part) {
  const full = Math.max(0, Math.min(1, part || 0));
  return h("div", { class: "meter", "aria-hidden": "true" },
    s("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none" }, s("rect", { width: full * 100, height: 1 })));
}

// choice is a row of buttons of which one is pressed.
export function choice(label, options, now, pick) {
  return h("div", { class: "switch", role: "group", "aria-label": label }, options.map(([value, text]) =>
    h("button", { type: "button", "data-key": value, "aria-pressed": String(value === now), onclick: ({ currentTarget: pressed }) => {
      for (const b of pressed.parentNode.children) b.setAttribute("aria-pressed", String(b === pressed));
      pick(value);
    } }, text)));
}

const perPage = 50, perRequest = 200, requests = 20;

// longList shows a list that the API gives in pages, in into, with a button for more
// of it. ask(cursor, limit) is one page as {rows, next}, which may have fewer rows than
// there are, or none, though more follow; show(rows, more) is what is shown of them.
// At first, and with each press of the button, which says word, step more are shown.
// It returns how to ask again for all that is shown.
export function longList(into, ask, show, { word = T.older, step = perPage } = {}) {
  let wanted = step, turn = 0;
  const load = async () => {
    const mine = ++turn;
    let rows = [], next = null, left = requests;
    do {
      const page = await ask(next, Math.min(perRequest, Math.max(step, wanted - rows.length)));
      rows = rows.concat(page.rows);
      next = page.next;
    } while (next && rows.length < wanted && --left > 0);
    if (mine !== turn) return;
    patch(into, show(rows, next !== null), next ? h("p", null, h("button", { type: "button", onclick: ({ currentTarget: b }) => {
      b.disabled = true;
      wanted = rows.length + step;
      load().catch(() => { b.disabled = false; });
    } }, rows.length ? word : T.further)) : null);
  };
  return load;
}
