// What the servers in JavaScript share: the schema, the pages, resolvers over plain objects, and
// how they listen.

import { readFileSync } from "node:fs";

const LIFE_MS = 3_600_000;

export const typeDefs = readFileSync(new URL("../schema.graphql", import.meta.url), "utf8");

const pages = JSON.parse(readFileSync(process.argv[2], "utf8"));

export const resolvers = {
  Query: {
    brief: (_, { by }) => pages[by.slug] ?? null,
  },
  Brief: {
    timeline: ({ timeline }, { first }) => {
      if (first == null || first >= timeline.totalCount) return timeline;
      return {
        ...timeline,
        edges: timeline.edges.slice(0, first),
        pageInfo: { ...timeline.pageInfo, hasNextPage: true },
      };
    },
  },
};

/** Tell the port, once `server` listens, and end by SIGTERM, or by itself if nobody ends it. */
export function tell(server) {
  console.log(server.address().port);
  setTimeout(() => process.exit(1), LIFE_MS).unref();
}
