import { T } from "./text.js";
import { h, patch, keyed, rate, diff, percent, count, span, when, badge, tiles, table, card, choice, amount } from "./util.js";
import { get, at, query } from "./api.js";
import { rateCard } from "./chart.js";
import { blockRows, blockColumns } from "./blocks.js";

export const refusedOf = (c) => c.stale + c.duplicate + c.low_difficulty + c.invalid;

// refusedPart is the part of submissions that were refused.
export function refusedPart(shares) {
  const refused = refusedOf(shares.refused);
  return refused + shares.accepted > 0 ? refused / (refused + shares.accepted) : 0;
}

// begins is whether a number is none yet since there were shares only in the minute
// that still runs: statistics have whole minutes.
const begins = (p, number) => number === 0 && p.shares.accepted > 0 && Date.now() - Date.parse(p.last_share_at || p.last_seen_at) < 120000;

// rateTile and sharesTile are numbers of a pool or of an account in it.
export const rateTile = (p) => (begins(p, p.hash_rate.day) ? [T.pool.rate, "–", T.pool.begins] : [T.pool.rate, rate(p.hash_rate.five_minutes), T.pool.rateSub(rate(p.hash_rate.minute), rate(p.hash_rate.day))]);

export const sharesTile = (p) => (begins(p, p.shares_day.accepted) ? [T.pool.shares, "–", T.pool.begins] : [T.pool.shares, count(p.shares_day.accepted), T.pool.sharesSub(percent(refusedPart(p.shares_day)))]);

export async function poolPage(ctx) {
  const { pools } = await get("/api/v1/pools", ctx.signal);
  const pool = pools.find((p) => p.name === ctx.query.get("pool")) || pools[0];
  const top = h("div"), chains = h("div"), blocks = h("div");
  const show = (p) => {
    patch(top, summary(p));
    patch(chains, card(chainTable(p), h("p", { class: "soft small" }, T.pool.expectedHelp)));
  };
  show(pool);
  const refresh = async () => show(await get(at("pools", pool.name), ctx.signal));
  const list = async () => {
    const page = await get(at("blocks") + query({ limit: 10, pool: pool.name }), ctx.signal);
    patch(blocks, card(table(T.pool.recent, blockColumns, blockRows(page.blocks), page.next ? T.notYet : T.pool.noBlocks)));
  };
  await list();
  ctx.follow(["pool", "tip", "block", "best"], refresh, (d) => !d.pool || d.pool === pool.name);
  ctx.follow(["tip", "block"], list, (d) => !d.pool || d.pool === pool.name);
  return [
    h("div", { class: "row" }, h("h1", null, T.pool.title(pool.name)),
      pools.length > 1 ? h("div", { class: "right" }, choice(T.pool.which, pools.map((p) => [p.name, p.name]), pool.name, (n) => ctx.visit("/?pool=" + encodeURIComponent(n)))) : null),
    top, rateCard(ctx, at("pools", pool.name, "chart"), {}, { fine: true }), chains, blocks,
  ];
}

function summary(p) {
  const parent = p.chains[0];
  const effort = parent?.round ? percent(parent.round.effort) : "–";
  return [
    p.problem ? h("p", { class: "note bad" }, p.problem) : null,
    tiles(
      rateTile(p),
      [T.pool.miners, count(p.miners), T.pool.minersSub(count(p.workers), count(p.sessions))],
      [T.pool.effort, effort, T.pool.effortSub],
      [T.pool.luck, parent?.luck ? percent(parent.luck.luck) : "–", parent?.luck ? T.pool.luckSub(count(parent.luck.blocks)) : T.pool.luckNone],
      [T.pool.best, p.best_share ? diff(p.best_share.difficulty) : "–", p.best_share ? when(p.best_share.at) : null],
      sharesTile(p)),
    h("p", { class: "soft" }, `${T.pool.terms}: ${T.pool.scheme[p.reward] || p.reward}; ${T.pool.fee(percent(p.fee_bps / 10000, 2))}.`),
  ];
}

function chainTable(p) {
  const t = T.pool;
  return table(t.chains, [[t.chain], [t.state], [t.tip, true], [t.difficulty, true], [t.effort, true], [t.expected, true], [t.reward, true], [t.found, true], [t.last]],
    p.chains.map((c) => keyed(c.chain, [
      [h("strong", null, c.chain), " ", h("span", { class: "soft small" }, c.role === "parent" ? t.parent : t.aux)],
      [badge(c.state), c.left_out ? h("div", { class: "small soft" }, t.leftOut(c.left_out)) : null],
      [c.tip.height ? count(c.tip.height) : "–", h("div", { class: "small soft" }, when(c.tip.at))],
      c.network_difficulty ? diff(c.network_difficulty) : "–",
      c.round ? percent(c.round.effort) : "–",
      span(c.seconds_to_block),
      c.block_reward === "0" ? "–" : amount(c.block_reward, c.decimals, c.symbol),
      count(c.blocks_found),
      c.last_block ? [when(c.last_block.found_at), " ", badge(c.last_block.state)] : "–",
    ])));
}
