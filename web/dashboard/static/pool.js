import { T } from "./text.js";
import { h, put, rate, diff, percent, count, span, when, badge, tiles, table, card, choice, amount } from "./util.js";
import { get, at } from "./api.js";
import { rateCard } from "./chart.js";
import { blockRows, blockColumns } from "./blocks.js";

export const refusedOf = (c) => c.stale + c.duplicate + c.low_difficulty + c.invalid;

// refusedPart is the part of submissions that were refused.
export function refusedPart(shares) {
  const refused = refusedOf(shares.refused);
  return refused + shares.accepted > 0 ? refused / (refused + shares.accepted) : 0;
}

export async function poolPage(ctx) {
  const { pools } = await get("/api/v1/pools", ctx.signal);
  const pool = pools.find((p) => p.name === ctx.query.get("pool")) || pools[0];
  const top = h("div"), chains = h("div"), blocks = h("div");
  const show = (p) => {
    put(top, summary(p));
    put(chains, card(chainTable(p)));
  };
  show(pool);
  const refresh = async () => {
    try { show(await get(at("pools", pool.name), ctx.signal)); } catch { /* the banner says it */ }
  };
  const list = async () => {
    try {
      const { blocks: rows } = await get(at("blocks") + "?limit=10&pool=" + encodeURIComponent(pool.name), ctx.signal);
      put(blocks, card(table(T.pool.recent, blockColumns, blockRows(rows), T.pool.noBlocks)));
    } catch { /* the banner says it */ }
  };
  await list();
  ctx.on("pool", (d) => { if (d.pool === pool.name) refresh(); });
  ctx.on("tip", refresh);
  ctx.onBlock(() => { list(); refresh(); });
  return [
    h("div", { class: "row" }, h("h1", null, T.pool.title(pool.name)),
      pools.length > 1 ? h("div", { class: "right" }, choice(T.pool.which, pools.map((p) => [p.name, p.name]), pool.name, (n) => ctx.visit("/?pool=" + encodeURIComponent(n)))) : null),
    top, rateCard(ctx, at("pools", pool.name, "chart"), {}, ["hour", "day", "week", "quarter"], true), chains, blocks,
  ];
}

function summary(p) {
  const parent = p.chains[0];
  const effort = parent?.round ? percent(parent.round.effort) : "–";
  return [
    p.problem ? h("p", { class: "note bad" }, p.problem) : null,
    tiles(
      [T.pool.rate, rate(p.hash_rate.five_minutes), T.pool.rateSub(rate(p.hash_rate.minute), rate(p.hash_rate.day))],
      [T.pool.miners, count(p.miners), T.pool.minersSub(count(p.workers), count(p.sessions))],
      [T.pool.effort, effort, T.pool.effortSub],
      [T.pool.luck, parent?.luck ? percent(parent.luck.luck) : "–", parent?.luck ? T.pool.luckSub(count(parent.luck.blocks)) : T.pool.luckNone],
      [T.pool.best, p.best_share ? diff(p.best_share.difficulty) : "–", p.best_share ? when(p.best_share.at) : null],
      [T.pool.shares, count(p.shares_day.accepted), T.pool.sharesSub(percent(refusedPart(p.shares_day)))]),
    h("p", { class: "soft" }, `${T.pool.terms}: ${T.pool.scheme[p.reward] || p.reward}; ${T.pool.fee(percent(p.fee_bps / 10000, 2))}.`),
  ];
}

function chainTable(p) {
  const t = T.pool;
  return table(t.chains, [[t.chain], [t.state], [t.tip, true], [t.difficulty, true], [t.effort, true], [t.expected, true], [t.reward, true], [t.found, true], [t.last]],
    p.chains.map((c) => [
      [h("strong", null, c.chain), " ", h("span", { class: "soft small" }, c.role === "parent" ? t.parent : t.aux)],
      [badge(c.state), c.left_out ? h("div", { class: "small soft" }, t.leftOut(c.left_out)) : null],
      [c.tip.height ? count(c.tip.height) : "–", h("div", { class: "small soft" }, when(c.tip.at))],
      c.network_difficulty ? diff(c.network_difficulty) : "–",
      c.round ? percent(c.round.effort) : "–",
      span(c.seconds_to_block),
      c.block_reward === "0" ? "–" : amount(c.block_reward, c.decimals, c.symbol),
      count(c.blocks_found),
      c.last_block ? [when(c.last_block.found_at), " ", badge(c.last_block.state)] : "–",
    ]));
}
