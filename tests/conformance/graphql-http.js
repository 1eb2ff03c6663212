// Runs the audits of graphql-http on the server at the given address, and prints what each says.

import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
const results = await auditServer({ url });

const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
console.log(JSON.stringify(told));
