// What happens now: the stream of events, and what pages do about it.
import { passing, Problem } from "./api.js";

const listeners = new Set();
let source = null;
let wait = 1000; // milliseconds until the stream is opened again
let lost = false; // since it was open

const tell = (kind, data) => { for (const f of [...listeners]) f(kind, data); };
const seen = () => document.visibilityState === "visible";

// listen calls f(kind, data) for every event until the signal ends. Kind "open" and
// "closed" tell of the stream itself, "back" that events may have been missed.
export function listen(signal, f) {
  listeners.add(f);
  signal?.addEventListener("abort", () => listeners.delete(f));
}

// streams is whether events come.
export const streams = () => source?.readyState === EventSource.OPEN;

// connect keeps the stream of events open while the page is seen: a browser has six
// connections to a host, for all its tabs together. Where there is no stream, pages
// ask again from time to time.
export function connect() {
  let hidden = false;
  const look = () => {
    if (!seen()) {
      close();
      hidden = true;
      return;
    }
    open();
    if (hidden) tell("back");
    hidden = false;
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  addEventListener("pagehide", () => { close(); hidden = true; });
  setInterval(() => { if (seen() && !streams()) tell("back"); }, 15000);
  look();
}

// reconnect opens the stream anew: the network has changed, and nobody has closed it.
export function reconnect() {
  close();
  lost = true;
  tell("closed");
  open();
}

function close() {
  source?.close();
  source = null;
}

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  const mine = (source = new EventSource("/api/v1/events"));
  mine.onopen = () => {
    wait = 1000;
    tell("open");
    if (lost) tell("back");
    lost = false;
  };
  mine.onerror = () => {
    lost = true;
    tell("closed");
    if (mine.readyState !== EventSource.CLOSED) return; // the browser tries again itself
    setTimeout(() => { if (source === mine && seen()) open(); }, wait);
    wait = Math.min(2 * wait, 30000);
  };
  for (const kind of ["pool", "tip", "block", "best"]) mine.addEventListener(kind, (e) => tell(kind, JSON.parse(e.data)));
}

// When the answer to a question has what an event tells of, in milliseconds: the
// accounts follow a moment later, and answers are kept for up to two seconds.
const delays = { pool: [0], best: [0, 2500], tip: [0, 1500, 4000], block: [1200, 3500], back: [0] };
const pause = 1000; // between two questions
const slot = 100; // wishes that are so near to each other are one
const retry = 3000; // after an answer that may be another in a while

// follow calls f for events of kinds that fit, and after events may have been missed:
// one call at a time, and again as long as there is no answer. It returns what has f
// called soon without an event.
export function follow(signal, kinds, f, fits = () => true) {
  const due = new Set();
  let timer = 0, busy = false, free = 0;
  const plan = () => {
    clearTimeout(timer);
    if (!busy && due.size && !signal.aborted) timer = setTimeout(run, Math.max(0, Math.min(...due) - Date.now(), free - Date.now()));
  };
  const wish = (ms) => {
    due.add(Math.ceil((Date.now() + ms) / slot) * slot);
    plan();
  };
  const run = async () => {
    busy = true;
    for (const at of [...due]) if (at <= Date.now() + slot) due.delete(at);
    try {
      await f();
    } catch (e) {
      if (passing(e)) due.add(Date.now() + retry); // the banner says what is wrong
      else if (!(e instanceof Problem) && e.name !== "AbortError") console.error(e);
    }
    busy = false;
    free = Date.now() + pause;
    plan();
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  listen(signal, (kind, data) => {
    if (kind === "back" || (kinds.includes(kind) && fits(data))) delays[kind].forEach(wish);
  });
  return () => wish(0);
}
