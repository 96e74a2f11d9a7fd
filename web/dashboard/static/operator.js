import { T } from "./text.js";
import { h, put, rate, diff, span, count, when, badge, table, card, choice, amount, short } from "./util.js";
import { get, at, query, Problem } from "./api.js";

const t = T.operator;
const sections = { nodes, plugins, sessions, bans, payments, config };

export async function operatorPage(ctx) {
  const about = await get("/api/v1/about", ctx.signal);
  if (!about.operator) return [h("h1", null, t.title), h("p", null, t.off)];
  const body = h("div");
  const stored = () => { try { return sessionStorage.getItem("token"); } catch { return null; } };
  let token = stored(), now = ctx.query.get("section") || "nodes";
  if (!sections[now]) now = "nodes";
  const ask = (text) => {
    const input = h("input", { type: "password", autocomplete: "current-password", required: true });
    put(body, text ? h("p", { class: "note bad", role: "alert" }, text) : null, card(h("form", { class: "row", onsubmit: (e) => {
      e.preventDefault();
      token = input.value.trim();
      try { sessionStorage.setItem("token", token); } catch { /* for this page only */ }
      show();
    } }, h("label", null, t.token + " ", input), h("button", null, t.enter)), h("p", { class: "soft small" }, t.help)));
    input.focus();
  };
  const show = async () => {
    const into = h("div", null, T.loading);
    put(body, h("div", { class: "row" }, choice(t.sections, Object.keys(sections).map((k) => [k, t[k]]), now, (k) => {
      now = k;
      history.replaceState(null, "", "/operator" + query({ section: k }));
      fill(into);
    }), h("button", { type: "button", class: "right", onclick: () => {
      try { sessionStorage.removeItem("token"); } catch { /* none is stored */ }
      token = null;
      ask();
    } }, t.forget)), into);
    await fill(into);
  };
  const fill = async (into) => {
    const wanted = now;
    try {
      const content = await sections[wanted]((name, q) => get(at("operator", name) + query(q || {}), ctx.signal, token), into);
      if (wanted === now) put(into, content);
    } catch (e) {
      if (e.name === "AbortError") return;
      if (e.status === 401) return ask(t.wrong);
      put(into, h("p", { class: "note bad", role: "alert" }, e instanceof Problem ? e.message : String(e)));
    }
  };
  if (token) await show(); else ask();
  ctx.every(10, () => {
    const into = body.lastElementChild;
    if (token && into && !body.querySelector("form") && !into.contains(document.activeElement)) fill(into);
  });
  return [h("h1", null, t.title), body];
}

async function nodes(api) {
  const { coins } = await api("nodes");
  return coins.map((c) => card(h("div", { class: "row" }, h("h2", null, `${c.name} (${c.network})`), badge(c.state)),
    [c.message, c.problem].filter(Boolean).map((m) => h("p", { class: "note" }, m)),
    c.last_error ? h("p", { class: "small soft" }, `${t.lastError}: ${c.last_error}`) : null,
    table(`${t.nodes}: ${c.name}`, [[t.node], [T.miner.status], [t.height, true], [t.peers, true], [t.version], [t.news], [t.missed, true]], c.nodes.map((n) => [
      [h("span", { class: "mono" }, n.node), n.gives_work ? [" ", h("span", { class: "badge" }, t.work)] : null, n.message ? h("div", { class: "small" }, n.message) : null],
      badge(n.state), count(n.height), count(n.peers), n.version, n.news, count(n.missed)])),
    Object.keys(c.submissions).length ? h("p", { class: "small soft" }, `${t.submissions}: ` + Object.entries(c.submissions).map(([k, n]) => `${T.state[k] || k} ${count(n)}`).join(", ")) : null));
}

async function plugins(api) {
  const { plugins: all } = await api("plugins");
  return all.map((p) => card(h("div", { class: "row" }, h("h2", null, p.coin), badge(p.state)),
    h("p", null, `${t.process}: ${p.process ?? t.inProcess} · ${t.restarts}: ${count(p.restarts)}`),
    p.last_error ? h("p", { class: "small" }, `${t.lastError}: ${p.last_error} `, p.last_failure_at ? when(p.last_failure_at) : null) : null,
    p.parked ? [h("p", { class: "note bad" }, `${t.parked}: ${p.parked.reason}. ${p.parked.what_to_do} `, `${t.next}: `, when(p.parked.next_attempt_at)),
      h("h3", null, t.lastLines), h("pre", { tabindex: "0" }, p.parked.last_lines.join("\n"))] : null,
    lastLines(p)));
}

// opened is whose lines somebody has opened or closed, which outlasts a refresh.
const opened = new Map();

// lastLines are what a plugin wrote last: a stranger's text, which never becomes HTML.
function lastLines(p) {
  if (!p.last_lines.length) return p.process === null ? null : h("p", { class: "small soft" }, t.wroteNothing);
  const id = `lines-${p.coin}`;
  return h("details", { open: opened.get(p.coin) ?? p.state !== "ready", ontoggle: (e) => opened.set(p.coin, e.target.open) },
    h("summary", { id }, t.wrote(count(p.last_lines.length))),
    h("pre", { tabindex: "0", role: "region", "aria-labelledby": id }, p.last_lines.map((l) => [h("span", { class: "soft" }, new Date(l.at).toLocaleString(), " "),
      /^(warn|error)/.test(l.level) ? h("strong", null, l.level, " ") : null, l.text, "\n"])));
}

async function sessions(api, into) {
  let sort = into.dataset.sort || "since";
  const page = await api("sessions", { sort, limit: 200 });
  const pick = choice(t.sort, Object.entries(t.sorts), sort, async (v) => {
    into.dataset.sort = v;
    put(into, await sessions(api, into));
  });
  return [card(h("div", { class: "row" }, `${t.sort}: `, pick),
    table(t.sessions, [[t.workers], [t.remote], [T.solo.agent], [t.rate, true], [T.solo.difficulty, true], [T.solo.accepted, true], [t.refused, true], [t.rtt, true], [t.silent], [t.since], [t.ladder]],
      page.sessions.map((x) => [x.workers.map(short).join(", ") || "–", h("span", { class: "mono" }, x.remote), x.agent || "–", [rate(x.hash_rate), x.declared_hash_rate === null ? null : h("div", { class: "small soft" }, t.declares(rate(x.declared_hash_rate)))], diff(x.difficulty), count(x.accepted),
        h("span", { title: Object.entries(x.refused_by_reason).map(([k, n]) => `${k}: ${n}`).join(", ") }, count(x.refused)),
        x.rtt_seconds === null ? "–" : span(x.rtt_seconds) === "0\u00a0s" ? `${(x.rtt_seconds * 1000).toFixed(0)}\u00a0ms` : span(x.rtt_seconds), when(x.last_share_at), when(x.connected_at), x.ladder || "–"]), t.noSessions)),
  card(table(t.closed, [[T.pool.which], [t.reason], [t.count, true]], page.closed.flatMap((c) => Object.entries(c.by_reason).filter(([, n]) => n).map(([reason, n]) => [c.pool, reason, count(n)])), T.none))];
}

async function bans(api) {
  const { bans: all } = await api("bans");
  return card(table(t.bans, [[T.pool.which], [t.address], [t.until]], all.map((b) => [b.pool, h("span", { class: "mono" }, b.address), when(b.until)]), t.noBans));
}

async function payments(api) {
  const page = await api("payments", { limit: 100 });
  return card(table(t.payments, [[T.block.number, true], [T.miner.chain], [T.miner.amount, true], [t.fee, true], [T.miner.status], [T.miner.made], [T.miner.txid]],
    page.payments.map(({ payment: p, fee, reason, outputs }) => [count(p.number), `${p.chain} (${p.pool})`, amount(p.amount, p.decimals, p.symbol), amount(fee, p.decimals, p.symbol),
      [badge(p.state), reason ? h("div", { class: "small" }, reason) : null], when(p.made_at),
      [h("span", { class: "mono" }, p.txid), h("details", null, h("summary", null, t.outputs(count(outputs.length))), h("ul", null, outputs.map((o) => h("li", { class: "mono" },
        `${o.account}: ${amount(o.amount, p.decimals, p.symbol)}`))))]]), t.noPayments));
}

async function config(api) {
  const c = await api("config");
  const list = (title, all) => (all.length ? [h("h3", null, title), h("ul", null, all.map((x) => h("li", null, x)))] : null);
  return card(h("h2", null, `${t.config}: ${c.file}`), c.problems.length + c.warnings.length ? [list(t.problems, c.problems), list(t.warnings, c.warnings)] : h("p", null, t.fine));
}
