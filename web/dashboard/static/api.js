import { T } from "./text.js";

// Problem is an answer that says what is wrong. Status 0 is none at all.
export class Problem extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// passing is whether the same question may be answered in a while.
export const passing = (e) => e instanceof Problem && (e.status === 0 || e.status === 429 || e.status >= 500);

const patience = 20000; // milliseconds for an answer

// get asks the API. Path parts must be encoded by the caller; see at.
export async function get(path, signal, token) {
  const end = new AbortController();
  const stop = () => end.abort();
  const timer = setTimeout(stop, patience);
  signal?.addEventListener("abort", stop);
  try {
    const r = await fetch(path, { signal: end.signal, headers: token ? { Authorization: "Bearer " + token } : {} });
    if (r.ok) return await r.json();
    let text = r.status + " " + r.statusText;
    try {
      const p = await r.json();
      text = p.detail || p.title || text;
    } catch { /* not from the API */ }
    throw new Problem(r.status, text);
  } catch (e) {
    if (signal?.aborted) throw new DOMException("the page is left", "AbortError");
    if (e instanceof Problem) throw e;
    throw new Problem(0, T.error.network);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
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
