// Mercurius as it comes, on Fastify, with its JIT or without: `node mercurius.js FILE [jit]`.

import Fastify from "fastify";
import mercurius from "mercurius";

import { resolvers, tell, typeDefs } from "./site.js";

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: process.argv[3] === "jit" ? 1 : 0 });
await app.listen({ port: 0, host: "127.0.0.1" });
tell(app.server);
