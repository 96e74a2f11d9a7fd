import { T } from "./text.js";
import { h, diff, table, card } from "./util.js";
import { get } from "./api.js";

const t = T.connect;

export async function connectPage(ctx) {
  const { pools } = await get("/api/v1/connect", ctx.signal);
  return [h("h1", null, t.title), pools.map((p) => section(p, pools.length > 1))];
}

function section(p, many) {
  return card(h("h2", null, many ? p.pool : t.pool), h("p", { class: "soft" }, t.algorithm(p.algorithm)),
    h("h3", null, t.url),
    p.listeners.length ? p.listeners.map((l) => [copy(l.url), h("p", { class: "small" }, h("strong", null, t.profile[l.profile] || l.profile), " ", h("span", { class: "soft" },
      [l.tls ? t.tls : t.plain, l.difficulty.fixed ? t.fixed(diff(l.difficulty.start)) : t.difficulty(diff(l.difficulty.start), l.difficulty.shares_per_minute),
        l.reach === "local" ? t.local : ""].filter(Boolean).map((x) => " · " + x)))]) : h("p", null, t.none),
    h("h3", null, t.user), copy(p.user),
    p.anyone ? h("p", { class: "small soft" }, t.anyone) : p.example_address ? h("p", { class: "small soft" }, t.example + " ", h("span", { class: "mono" }, p.example_address)) : null,
    h("h3", null, t.password), copy(p.password),
    p.devices.length ? h("div", { class: "below" }, table(many ? t.devicesOf(p.pool) : t.devices, [[t.device], [t.enter, "text"]], p.devices.map((d) => [d.device, h("span", { class: "mono" }, d.line)]))) : null);
}

// copy is a text with a button that copies it, where the browser lets it.
function copy(text) {
  return h("div", { class: "copy" }, h("code", { class: "mono" }, text), navigator.clipboard ? h("button", { type: "button", "aria-label": `${t.copy}: ${text}`, onclick: async ({ currentTarget: b }) => {
    await navigator.clipboard.writeText(text);
    b.textContent = t.copied;
    setTimeout(() => { b.textContent = t.copy; }, 2000);
  } }, t.copy) : null);
}
