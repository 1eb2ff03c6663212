// The rules of @graphql-eslint for schemas, and those for Relay. Base path: the repository.

import graphql from "@graphql-eslint/eslint-plugin";

// A value without an id is part of what holds it: nobody asks for it again by itself.
const VALUES = [
  "BreakingNews",
  "BriefUpdate",
  "Change",
  "Citation",
  "EditionEntry",
  "EdtfDate",
  "Erasure",
  "Highlight",
  "Log",
  "LogEvent",
  "PageInfo",
  "Probability",
  "Reference",
  "Refusal",
  "Resolution",
  "ResyncRequired",
  "Retraction",
  "VersionConflict",
  "Viewer",
];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "./schema.graphql" } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,

      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: VALUES, suffixes: ["Connection", "Edge", "Payload"] } },
      ],

      // It takes `forecaster` of a Forecast for a repeated name; it knows no exceptions.
      "@graphql-eslint/no-typename-prefix": "off",

      // A history and what a search found are read from the newest and the best on, never backward.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],

      // A brief is one page: its bounded lists are read whole. What grows for ever has pages.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
