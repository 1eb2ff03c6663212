// What the server says of its schema by introspection.

const TYPE = (depth) => (depth ? `kind name ofType { ${TYPE(depth - 1)} }` : "kind name");
const VALUE = `name description defaultValue isDeprecated deprecationReason type { ...T }`;
const INTROSPECTION = `
query Introspection {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    directives { name description locations args { ${VALUE} } }
    types {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ${VALUE} }
        type { ...T }
      }
      inputFields(includeDeprecated: true) { ${VALUE} }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
  }
}
fragment T on __Type { ${TYPE(5)} }`;

// The name of a type without its lists and exclamation marks, and the whole of it.
export const named = (type) => (type.ofType ? named(type.ofType) : type.name);
export function written(type) {
  if (type.kind === "NON_NULL") return `${written(type.ofType)}!`;
  return type.kind === "LIST" ? `[${written(type.ofType)}]` : type.name;
}

export class Schema {
  constructor(found) {
    this.roots = {
      query: found.queryType?.name,
      mutation: found.mutationType?.name,
      subscription: found.subscriptionType?.name,
    };
    this.directives = found.directives;
    this.types = new Map(
      found.types.filter(({ name }) => !name.startsWith("__")).map((type) => [type.name, type]),
    );
  }

  type(name) {
    return this.types.get(name) ?? null;
  }

  root(operation) {
    return this.type(this.roots[operation]);
  }

  field(type, name) {
    return type?.fields?.find((field) => field.name === name) ?? null;
  }

  // What `... on` may name within this type.
  within(type) {
    const possible = (type?.possibleTypes ?? []).map(({ name }) => this.type(name));
    return type && !possible.length ? [type] : possible;
  }

  // Everything in which the words stand: types and members, the closest first.
  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    const look = (type, member) => {
      const name = member ? `${type.name}.${member.name}` : type.name;
      const all = `${name} ${(member ?? type).description ?? ""}`.toLowerCase();
      if (!words.every((word) => all.includes(word))) return;
      const own = (member ?? type).name.toLowerCase();
      const rank = own === words[0] ? 0 : own.startsWith(words[0]) ? 1 : own.includes(words[0]) ? 2 : 3;
      found.push({ type, member, name, rank: rank + (member ? 0.5 : 0) });
    };
    for (const type of this.types.values()) {
      look(type, null);
      for (const member of membersOf(type)) look(type, member);
    }
    return found.sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
  }
}

export const membersOf = (type) => type.fields ?? type.inputFields ?? type.enumValues ?? [];

// Resolves to a schema, or to the words why there is none.
export async function introspect(ask) {
  const { answer, problem } = await ask({ query: INTROSPECTION });
  if (answer?.data?.__schema) return { schema: new Schema(answer.data.__schema), why: null };
  return { schema: null, why: problem ?? answer?.errors?.[0]?.message ?? "no answer" };
}
