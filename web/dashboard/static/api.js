import { T } from "./text.js";

// Problem is an answer that says what is wrong.
export class Problem extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// get asks the API. Path parts must be encoded by the caller; see at.
export async function get(path, signal, token) {
  let r;
  try {
    r = await fetch(path, { signal, headers: token ? { Authorization: "Bearer " + token } : {} });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Problem(0, T.error.network);
  }
  if (r.ok) return r.json();
  let text = r.status + " " + r.statusText;
  try {
    const p = await r.json();
    text = p.detail || p.title || text;
  } catch { /* not from the API */ }
  throw new Problem(r.status, text);
}

// at joins a path of names, each encoded.
export const at = (...parts) => "/api/v1/" + parts.map(encodeURIComponent).join("/");

// query is what stands behind the path; empty values are left out.
export function query(values) {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(values)) if (v !== null && v !== undefined && v !== "") q.set(k, v);
  const text = q.toString();
  return text ? "?" + text : "";
}

const listeners = new Set();
let source = null;
let wait = 1000;

// listen calls f(kind, data) for every event until the signal ends. Kind "open" and
// "closed" tell of the connection itself.
export function listen(signal, f) {
  listeners.add(f);
  signal?.addEventListener("abort", () => listeners.delete(f));
}

// connect keeps the stream of events open while the page is seen: a browser has six
// connections to a host, for all its tabs together.
export function connect() {
  const seen = () => document.visibilityState === "visible";
  const look = () => {
    if (seen()) return open();
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  addEventListener("pagehide", () => { source?.close(); source = null; });
  look();
}

function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  const mine = (source = new EventSource("/api/v1/events"));
  const tell = (kind, data) => { for (const f of [...listeners]) f(kind, data); };
  mine.onopen = () => { wait = 1000; tell("open"); };
  mine.onerror = () => {
    tell("closed");
    if (mine.readyState !== EventSource.CLOSED) return; // the browser tries again itself
    setTimeout(() => { if (source === mine) open(); }, wait);
    wait = Math.min(2 * wait, 30000);
  };
  for (const kind of ["pool", "tip", "block", "best"]) mine.addEventListener(kind, (e) => tell(kind, JSON.parse(e.data)));
}
