import { T } from "./text.js";
import { h, patch, keyed, longList, diff, percent, when, badge, table, card, amount, count, short } from "./util.js";
import { get, at, query, passing } from "./api.js";

const t = T.block;

export const blockColumns = [[t.chain], [t.height, true], [t.state], [t.time], [t.reward, true], [t.effort, true], [t.finder], [t.hash]];

export function blockRows(blocks) {
  return blocks.map((b) => keyed(String(b.number), [
    b.chain,
    h("a", { href: `/block/${encodeURIComponent(b.chain)}/${b.hash}` }, count(b.height)),
    [badge(b.state, b.reason), b.state === "accepted" ? h("div", { class: "small soft" }, t.confirmations(b.confirmations, b.maturity)) : null],
    when(b.found_at),
    amount(b.reward, b.decimals, b.symbol),
    percent(b.effort),
    h("span", { class: "mono" }, b.finder),
    h("span", { class: "mono", title: b.hash }, short(b.hash)),
  ]));
}

export async function blocksPage(ctx) {
  const { chains } = await get("/api/v1/chains", ctx.signal);
  const body = h("div"), wanted = { chain: ctx.query.get("chain") || "", state: ctx.query.get("state") || "" };
  const load = longList(body, async (cursor, limit) => {
    const page = await get(at("blocks") + query({ ...wanted, cursor, limit }), ctx.signal);
    return { rows: page.blocks, next: page.next };
  }, (rows, more) => card(table(t.title, blockColumns, blockRows(rows), more ? T.notYet : t.nothing)));
  const pick = (name, options) => h("label", null, t[name] + " ", h("select", { name, onchange: (e) => {
    wanted[name] = e.target.value;
    history.replaceState(null, "", "/blocks" + query(wanted));
    load().catch((e) => { if (passing(e)) again(); });
  } }, options.map(([v, text]) => h("option", { value: v, selected: v === wanted[name] }, text))));
  await load();
  const again = ctx.follow(["tip", "block"], load);
  return [h("h1", null, t.title),
    h("div", { class: "row" }, pick("chain", [["", t.any], ...chains.map((c) => [c.name, c.name])]),
      pick("state", [["", t.any], ...["pending", "received", "accepted", "mature", "orphaned", "refused", "lost"].map((s) => [s, T.state[s]])])), body];
}

export async function blockPage(ctx, chain, hash) {
  const body = h("div");
  const load = async () => {
    const d = await get(at("blocks", chain, hash), ctx.signal);
    patch(body, facts(d), d.split ? card(splitTable(d)) : card(h("h2", null, t.split), h("p", { class: "soft" }, t.noSplit)),
      card(table(t.history, [[t.at], [t.state], [t.why, "text"]], d.history.map((c) => [when(c.at), badge(c.state), c.reason || T.stateWhy[c.state] || ""]))));
    return d.block;
  };
  const b = await load();
  ctx.follow(["tip", "block"], load, (e) => e.chain === b.chain);
  return [h("h1", null, t.one(b.chain, b.height)), body];
}

function facts({ block: b, round_started_at }) {
  const row = (name, value) => h("tr", null, h("th", { scope: "row" }, name), h("td", null, value));
  return card(h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": t.facts }, h("table", null, h("tbody", null,
    row(t.state, [badge(b.state), " ", t.confirmations(b.confirmations, b.maturity)]),
    row(t.hash, h("span", { class: "mono" }, b.hash)),
    row(t.time, when(b.found_at)),
    row(t.finder, h("span", { class: "mono" }, b.finder)),
    row(t.reward, amount(b.reward, b.decimals, b.symbol)),
    row(t.effort, percent(b.effort)),
    row(t.roundBegan, when(round_started_at)),
    row(t.difficulty, `${diff(b.difficulty)} (${t.needed.toLowerCase()}: ${diff(b.network_difficulty)})`),
    b.reason ? row(t.why, b.reason) : null))));
}

function splitTable({ block: b, split }) {
  const whole = Number(b.reward);
  const row = (name, units) => [name, amount(units, b.decimals, b.symbol), percent(whole ? Number(units) / whole : 0, 2)];
  return [table(t.split, [[t.who], [t.reward, true], [t.part, true]],
    [row(t.accounts(count(split.accounts)), split.accounts_amount), row(t.operator, split.operator)]),
  split.direct ? h("p", { class: "soft" }, t.direct) : null];
}
