import { T } from "./text.js";
import { h, put, patch, keyed, longList, rate, diff, span, count, when, badge, table, card, keyedCard, choice, amount, short } from "./util.js";
import { get, at, query, passing, Problem } from "./api.js";

const t = T.operator;

// whole is a section that is asked for at once.
const whole = (make) => (api, into) => async () => patch(into, await make(api));

// A section is given how to ask the operator's API and where to show; it returns how
// to do so, first and again.
const sections = { nodes: whole(nodes), plugins: whole(plugins), sessions, bans: whole(bans), payments, journal: whole(journal), config: whole(config) };

export async function operatorPage(ctx) {
  const about = await get("/api/v1/about", ctx.signal);
  if (!about.operator) return [h("h1", null, t.title), h("p", null, t.off)];
  const body = h("div");
  const stored = () => { try { return sessionStorage.getItem("token"); } catch { return null; } };
  let token = stored(), now = ctx.query.get("section") || "nodes";
  if (!sections[now]) now = "nodes";
  const ask = (text) => {
    load = null;
    const input = h("input", { type: "password", autocomplete: "current-password", required: true });
    put(body, text ? h("p", { class: "note bad", role: "alert" }, text) : null, card(h("form", { class: "row", onsubmit: (e) => {
      e.preventDefault();
      token = input.value.trim();
      try { sessionStorage.setItem("token", token); } catch { /* for this page only */ }
      show();
    } }, h("label", null, t.token + " ", input), h("button", null, t.enter)), h("p", { class: "soft small" }, t.help)));
    input.focus();
  };
  const api = (name, q) => get(at("operator", name) + query(q || {}), ctx.signal, token);
  api.open = (name, q) => get(at(name) + query(q), ctx.signal); // what everybody may see
  let into = null, load = null;
  const begin = () => {
    put(into, T.loading);
    load = sections[now](api, into);
    return again();
  };
  const again = async () => {
    const mine = load;
    if (!mine) return;
    try {
      await mine();
    } catch (e) {
      if (e.name === "AbortError" || mine !== load) return;
      if (e.status === 401) return ask(t.wrong);
      if (passing(e) && into.querySelector(".card")) return; // the banner says it
      put(into, h("p", { class: "note bad", role: "alert" }, e instanceof Problem ? e.message : String(e)));
    }
  };
  const show = () => {
    into = h("div");
    put(body, h("div", { class: "row" }, choice(t.sections, Object.keys(sections).map((k) => [k, t[k]]), now, (k) => {
      now = k;
      history.replaceState(null, "", "/operator" + query({ section: k }));
      into.replaceWith(into = h("div")); // what comes late for the other section goes nowhere
      begin();
    }), h("div", { class: "right row" }, h("a", { href: "/status.txt" }, T.statusText), h("button", { type: "button", onclick: () => {
      try { sessionStorage.removeItem("token"); } catch { /* none is stored */ }
      token = null;
      ask();
    } }, t.forget))), into);
    return begin();
  };
  if (token) await show(); else ask();
  ctx.every(10, again);
  ctx.follow([], again);
  return [h("h1", null, t.title), body];
}

async function nodes(api) {
  const { coins } = await api("nodes");
  return coins.map((c) => keyedCard(c.name, h("div", { class: "row" }, h("h2", null, `${c.name} (${c.network})`), badge(c.state)),
    [c.message, c.problem].filter(Boolean).map((m) => h("p", { class: "note" }, m)),
    c.last_error ? h("p", { class: "small soft" }, `${t.lastError}: ${c.last_error}`) : null,
    table(`${t.nodes}: ${c.name}`, [[t.node], [T.miner.status], [t.height, true], [t.peers, true], [t.version], [t.news], [t.missed, true]], c.nodes.map((n) => keyed(n.node, [
      [h("span", { class: "mono" }, n.node), n.gives_work ? [" ", h("span", { class: "badge" }, t.work)] : null, n.message ? h("div", { class: "small" }, n.message) : null],
      badge(n.state), count(n.height), count(n.peers), n.version, n.news, count(n.missed)]))),
    Object.keys(c.submissions).length ? h("p", { class: "small soft" }, `${t.submissions}: ` + Object.entries(c.submissions).map(([k, n]) => `${T.state[k] || k} ${count(n)}`).join(", ")) : null));
}

async function plugins(api) {
  const { plugins: all } = await api("plugins");
  return all.map((p) => keyedCard(p.coin, h("div", { class: "row" }, h("h2", null, p.coin), badge(p.state)),
    h("p", null, `${t.process}: ${p.process ?? t.inProcess} · ${t.restarts}: ${count(p.restarts)}`),
    p.last_error ? h("p", { class: "small" }, `${t.lastError}: ${p.last_error} `, p.last_failure_at ? when(p.last_failure_at) : null) : null,
    p.parked ? [h("p", { class: "note bad" }, `${t.parked}: ${p.parked.reason}. ${p.parked.what_to_do} `, `${t.next}: `, when(p.parked.next_attempt_at)),
      h("h3", null, t.lastLines), h("pre", { tabindex: "0" }, p.parked.last_lines.join("\n"))] : null,
    lastLines(p)));
}

// lastLines are what a plugin wrote last: a stranger's text, which never becomes HTML.
function lastLines(p) {
  if (!p.last_lines.length) return p.process === null ? null : h("p", { class: "small soft" }, t.wroteNothing);
  const id = `lines-${p.coin}`;
  return h("details", { open: p.state !== "ready" },
    h("summary", { id }, t.wrote(count(p.last_lines.length))),
    h("pre", { tabindex: "0", role: "region", "aria-labelledby": id }, p.last_lines.map((l) => [h("span", { class: "soft" }, new Date(l.at).toLocaleString(), " "),
      /^(warn|error)/.test(l.level) ? h("strong", null, l.level, " ") : null, l.text, "\n"])));
}

function sessions(api, into) {
  let sort = "since", closed = [], load;
  const pick = (v) => {
    sort = v;
    load().catch(() => {}); // again in a while
  };
  load = longList(into, async (cursor, limit) => {
    const page = await api("sessions", { sort, limit, cursor });
    closed = page.closed;
    return { rows: page.sessions, next: page.next };
  }, (rows) => [card(h("div", { class: "row" }, `${t.sort}: `, choice(t.sort, Object.entries(t.sorts), sort, pick)), sessionTable(rows),
    rows.length ? h("p", { class: "soft small" }, t.rttHelp) : null), closedCard(closed)], { word: T.more });
  return load;
}

function sessionTable(rows) {
  return table(t.sessions, [[t.workers], [t.remote], [T.solo.agent], [t.rate, true], [T.solo.difficulty, true], [T.solo.accepted, true], [t.refused, true], [t.rtt, true], [t.silent], [t.since], [t.ladder]],
    rows.map((x) => keyed(`${x.pool} ${x.number}`, [
      x.workers.map(short).join(", ") || "–", h("span", { class: "mono" }, x.remote), x.agent || "–",
      [rate(x.hash_rate), x.declared_hash_rate === null ? null : h("div", { class: "small soft" }, t.declares(rate(x.declared_hash_rate)))],
      diff(x.difficulty), count(x.accepted), h("span", { title: Object.entries(x.refused_by_reason).map(([k, n]) => `${k}: ${n}`).join(", ") }, count(x.refused)),
      x.rtt_seconds === null ? "–" : x.rtt_seconds < 1 ? `${(x.rtt_seconds * 1000).toFixed(0)}\u00a0ms` : span(x.rtt_seconds),
      when(x.last_share_at), when(x.connected_at), x.ladder || "–"])), t.noSessions);
}

const closedCard = (all) => card(table(t.closed, [[T.pool.which], [t.reason], [t.count, true]],
  all.flatMap((c) => Object.entries(c.by_reason).filter(([, n]) => n).map(([reason, n]) => keyed(`${c.pool} ${reason}`, [c.pool, reason, count(n)]))), T.none));

async function bans(api) {
  const { bans: all } = await api("bans");
  return card(table(t.bans, [[T.pool.which], [t.address], [t.until]], all.map((b) => keyed(`${b.pool} ${b.address}`, [b.pool, h("span", { class: "mono" }, b.address), when(b.until)])), t.noBans));
}

function payments(api, into) {
  return longList(into, async (cursor, limit) => {
    const page = await api("payments", { limit, cursor });
    return { rows: page.payments, next: page.next };
  }, (rows, more) => card(table(t.payments, [[T.block.number, true], [T.miner.chain], [T.miner.amount, true], [t.fee, true], [T.miner.status], [T.miner.made], [T.miner.txid]],
    rows.map(({ payment: p, fee, reason, outputs }) => keyed(String(p.number), [count(p.number), `${p.chain} (${p.pool})`, amount(p.amount, p.decimals, p.symbol), amount(fee, p.decimals, p.symbol),
      [badge(p.state), reason ? h("div", { class: "small" }, reason) : null], when(p.made_at),
      [h("span", { class: "mono" }, p.txid), h("details", null, h("summary", null, t.outputs(count(outputs.length))), h("ul", null, outputs.map((o) => h("li", { class: "mono" },
        `${o.account}: ${amount(o.amount, p.decimals, p.symbol)}`))))]])), more ? T.notYet : t.noPayments)));
}

const journalRows = 100;

// journal is what has happened, newest first: blocks, payments and what plugins
// complain of; and below who has gone, or was not let in.
async function journal(api) {
  const limit = journalRows;
  const [{ blocks }, paid, { plugins: all }, { incidents, token }] = await Promise.all([api.open("blocks", { limit }), api("payments", { limit }), api("plugins"), api("journal")]);
  const rows = [...blocks.flatMap(blockNews), ...paid.payments.flatMap(paymentNews), ...all.flatMap(pluginNews)]
    .filter((r) => r.at).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, limit);
  return [card(table(t.journal, [[t.at], [t.about], [t.happened], [T.block.why, "text"]], rows.map((r) => keyed(r.key, [when(r.at), r.about, r.what, r.why || ""])), t.noJournal),
    h("p", { class: "soft small" }, t.journalHelp(count(limit)))),
  card(token.wrong ? h("p", { class: "note" }, t.wrongTokens(count(token.wrong), token.remote), when(token.last_at)) : null, incidentTable(incidents.slice(0, limit)))];
}

function incidentTable(rows) {
  return table(t.incidents, [[t.at], [t.what], [t.who], [t.remote], [t.reason], [t.lasted, true], [T.solo.accepted, true], [t.refused, true]],
    rows.map((x) => keyed(`${x.pool} ${x.what} ${x.session} ${x.remote} ${x.reason}`, [when(x.at), t.times(t.incident[x.what] || x.what, count(x.times)),
      x.workers.map(short).join(", ") || x.agent || "–", h("span", { class: "mono" }, x.remote), x.reason,
      x.session === null ? "–" : span(x.duration_seconds), count(x.accepted), count(x.refused)])), t.noIncidents);
}

// A block has one row for its finding, and one for its end, if that has come.
function blockNews(b) {
  const about = () => h("a", { href: `/block/${encodeURIComponent(b.chain)}/${b.hash}` }, T.block.one(b.chain, count(b.height)));
  const open = ["pending", "received", "accepted"].includes(b.state);
  const found = { key: `block ${b.number}`, at: b.found_at, about: about(), what: [t.foundBy(b.finder), open ? [" ", badge(b.state)] : null] };
  return open ? [found] : [found, { key: `block ${b.number} ${b.state}`, at: b.changed_at, about: about(), what: badge(b.state), why: b.reason || T.stateWhy[b.state] }];
}

// A payment has a row of its own for its failure alone.
function paymentNews({ payment: p, reason }) {
  const about = t.payment(count(p.number), p.chain), failed = p.state === "failed";
  const made = { key: `payment ${p.number}`, at: p.made_at, about, what: [t.paid(amount(p.amount, p.decimals, p.symbol), count(p.accounts)), failed ? null : [" ", badge(p.state)]] };
  return failed ? [made, { key: `payment ${p.number} failed`, at: p.changed_at, about, what: badge(p.state), why: reason }] : [made];
}

function pluginNews(p) {
  const about = t.plugin(p.coin);
  const rows = p.last_lines.filter((l) => /^(warn|error)/.test(l.level)).map((l, i) => ({ key: `line ${p.coin} ${l.at} ${i}`, at: l.at, about, what: l.text }));
  if (p.last_failure_at) rows.push({ key: `failed ${p.coin}`, at: p.last_failure_at, about, what: t.stopped, why: p.last_error });
  if (p.parked) rows.push({ key: `parked ${p.coin}`, at: p.parked.since, about, what: t.parked, why: `${p.parked.reason}. ${p.parked.what_to_do}` });
  return rows;
}

async function config(api) {
  const c = await api("config");
  const list = (title, all) => (all.length ? [h("h3", null, title), h("ul", null, all.map((x) => h("li", null, x)))] : null);
  return card(h("h2", null, `${t.config}: ${c.file}`), c.problems.length + c.warnings.length ? [list(t.problems, c.problems), list(t.warnings, c.warnings)] : h("p", null, t.fine));
}
