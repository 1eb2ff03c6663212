// graphql-yoga as it comes, on Node's own server: `node yoga.js FILE`.

import { createServer } from "node:http";

import { createSchema, createYoga } from "graphql-yoga";

import { resolvers, tell, typeDefs } from "./site.js";

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => tell(server));
