// urql for this API: what its normalised cache is told of ids and connections.

import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { embedded, introspection } from "../schema.js";

export function makeCache() {
  return cacheExchange({
    schema: introspection,
    keys: Object.fromEntries(embedded.map((type) => [type, () => null])),
    resolvers: {
      Query: { briefs: relayPagination() },
      Brief: { timeline: relayPagination(), history: relayPagination() },
      Entity: { briefs: relayPagination() },
    },
  });
}

/** `socket` is a client of graphql-ws that resumes; `token` is left out for the public. */
export function makeClient({ url, token, socket }) {
  return new Client({
    url,
    fetchOptions: token ? { headers: { authorization: `Bearer ${token}` } } : {},
    exchanges: [
      makeCache(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}
