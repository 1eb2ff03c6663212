"""The ASGI application: GraphQL over HTTP and WebSocket, bearer tokens, limits, health."""
