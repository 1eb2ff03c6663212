// graphql-sse for this API: each operation has an event stream of its own.

import { createClient } from "graphql-sse";
import { resuming } from "../resuming.js";

/** A client that resumes; `token` is left out for the public. */
export function makeClient({ url, token, ...options }) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return resuming(createClient({ url, headers, ...options }));
}
