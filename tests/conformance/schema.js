// What clients that normalise want to know of the schema, taken from schema.graphql.

import { readFileSync } from "node:fs";
import { buildSchema, introspectionFromSchema, isAbstractType, isObjectType } from "graphql";

const text = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
const schema = buildSchema(text);
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];

/** The whole schema as introspection gives it. */
export const introspection = introspectionFromSchema(schema);

/** For each interface and union, the types that it can be. */
export const possibleTypes = Object.fromEntries(
  types
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** Types without an id: their values are part of what holds them. */
export const embedded = types
  .filter((type) => isObjectType(type) && !roots.includes(type) && !("id" in type.getFields()))
  .map(({ name }) => name);
