// Asks the server over HTTP.

export const ENDPOINT = new URL("graphql", document.baseURI);
const MEDIA_TYPES = "application/graphql-response+json, application/json;q=0.9";
const KEPT = 50;

// What a GET answered before, by its address and who asked: sent back, its ETag gives a 304.
const remembered = new Map();

// {status, answer, text, headers, milliseconds, bytes}, or {problem} in words.
export async function ask(request, { token = "", method = "POST", signal } = {}) {
  const headers = { accept: MEDIA_TYPES };
  if (token) headers.authorization = `Bearer ${token}`;
  const url = new URL(ENDPOINT);
  const options = { method, headers, signal, cache: "no-store", credentials: "omit" };
  if (method === "GET") {
    for (const [name, value] of Object.entries(request)) {
      if (value != null) url.searchParams.set(name, typeof value === "string" ? value : JSON.stringify(value));
    }
  } else {
    headers["content-type"] = "application/json";
    options.body = JSON.stringify(request);
  }
  const key = `${token} ${url}`;
  const before = method === "GET" ? remembered.get(key) : null;
  if (before) headers["if-none-match"] = before.etag;
  const begun = performance.now();
  try {
    const response = await fetch(url, options);
    const text = await response.text();
    const milliseconds = performance.now() - begun;
    const isUnchanged = response.status === 304 && before != null;
    const shown = isUnchanged ? before.text : text;
    if (method === "GET" && response.ok) remember(key, response.headers.get("etag"), text);
    return {
      status: response.status,
      phrase: response.statusText,
      isUnchanged,
      headers: [...response.headers].sort(),
      milliseconds,
      bytes: new TextEncoder().encode(text).length,
      text: shown,
      answer: parsed(shown),
    };
  } catch (error) {
    if (error.name === "AbortError") return { problem: "Given up." };
    return { problem: `The server cannot be reached (${error.message}).` };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function remember(key, etag, text) {
  if (!etag) return;
  remembered.delete(key);
  remembered.set(key, { etag, text });
  if (remembered.size > KEPT) remembered.delete(remembered.keys().next().value);
}
