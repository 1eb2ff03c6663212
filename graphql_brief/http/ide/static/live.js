// One subscription, over graphql-transport-ws.

import { ENDPOINT } from "./ask.js";

const CLOSED = {
  1000: "the connection was closed",
  1001: "the server is going away",
  1006: "the connection was lost",
  4400: "the server did not understand",
  4401: "the server does not know who asks",
  4403: "the token is not good",
};

// `heard(payload)` for each event, `ended(words)` once. Gives a function that stops it.
export function subscribe(request, token, { opened, heard, ended }) {
  const url = new URL(ENDPOINT);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, "graphql-transport-ws");
  let isOver = false;
  const say = (message) => socket.send(JSON.stringify(message));
  const end = (words) => {
    if (isOver) return;
    isOver = true;
    socket.close(1000);
    ended(words);
  };
  socket.addEventListener("open", () =>
    say({ type: "connection_init", payload: token ? { authorization: `Bearer ${token}` } : {} }),
  );
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "connection_ack") {
      say({ type: "subscribe", id: "1", payload: request });
      opened();
    } else if (message.type === "ping") say({ type: "pong" });
    else if (message.type === "next" && !isOver) heard(message.payload);
    else if (message.type === "error") {
      heard({ errors: message.payload });
      end("It ended with an error.");
    } else if (message.type === "complete") end("The server completed it.");
  });
  socket.addEventListener("close", ({ code, reason }) =>
    end(`It ended: ${CLOSED[code] ?? "the server closed it"} (${code}${reason ? `, ${reason}` : ""}).`),
  );
  return () => {
    if (!isOver && socket.readyState === WebSocket.OPEN) say({ type: "complete", id: "1" });
    end("Stopped.");
  };
}

// Where to go on after an event: its cursor, or its position in the log.
export function placeOf(payload) {
  const event = Object.values(payload.data ?? {})[0];
  return event?.cursor ?? event?.position ?? null;
}
