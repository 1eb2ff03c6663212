// What a page needs to follow a brief with nothing but its browser.

/** Shows each update of a brief; `after` is the live cursor of what the page shows by now. */
export function follow({ id, after, show, readAnew }) {
  const query = `subscription ($id: ID!, $after: LiveCursor) {
    briefUpdates(by: { id: $id }, after: $after) {
      ... on BriefUpdate { version brief { headline } }
      ... on ResyncRequired { reason }
    }
  }`;
  const asked = { query, variables: JSON.stringify({ id, after }) };
  const source = new EventSource(`/graphql?${new URLSearchParams(asked)}`);
  source.addEventListener("next", ({ data }) => {
    const update = JSON.parse(data).data?.briefUpdates;
    if (update?.brief) show(update);
    else readAnew();
  });
  // The end of what there is; else a browser would begin again.
  source.addEventListener("complete", () => source.close());
  return source;
}
