// A client of graphql-ws that goes on where it was cut off.

/**
 * A client asks again after a dropped connection, with the variables that it began with. Here it
 * asks for what came after the last cursor it was given: the subscription has a variable `after`
 * and asks for `cursor`.
 */
export function resuming(client) {
  return {
    ...client,
    subscribe(request, sink) {
      const variables = { ...request.variables };
      return client.subscribe(
        { ...request, variables },
        {
          ...sink,
          next(result) {
            for (const event of Object.values(result.data ?? {})) {
              variables.after = event?.cursor ?? variables.after;
            }
            sink.next(result);
          },
        },
      );
    },
  };
}
