"""The API's contract over time: what a change of `schema.graphql` does to the clients there are."""
