"""WebSocket frames (RFC 6455 §5), by hand, so that they can be wrong."""

import json
from random import Random
from typing import Any, NamedTuple

from tests.fuzz import spoil

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: fuzz\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_MASK = b"\x01\x02\x03\x04"


class Frame(NamedTuple):
    """A frame from the server."""

    opcode: int
    payload: bytes


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    """A frame to the server, whatever is in it."""
    size = len(payload)
    mask_bit = 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 1 << 16:
        head += bytes([mask_bit | 126]) + size.to_bytes(2)
    else:
        head += bytes([mask_bit | 127]) + size.to_bytes(8)
    if not masked:
        return head + payload
    return head + _MASK + bytes(byte ^ _MASK[at % 4] for at, byte in enumerate(payload))


def said(message: Any) -> bytes:
    """A message of the protocol, as a frame."""
    return frame(TEXT, json.dumps(message).encode())


def parsed(received: bytes) -> tuple[list[Frame], bytes]:
    """The whole frames in what was received, and what is left."""
    found = []
    while len(received) >= 2:
        size, start = received[1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(received[2:start])
        if len(received) < start + size:
            break
        found.append(Frame(received[0] & 0x0F, received[start : start + size]))
        received = received[start + size :]
    return found, received


def bad_frames(random: Random) -> bytes:
    """Frames that break the rules, or carry what is no message."""
    good = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}})
    value = json.dumps(random.choice(spoil.VALUES)).encode()
    choices = (
        frame(TEXT, spoil.raw(good.encode(), random)),
        frame(TEXT, random.choice(spoil.BYTES)),
        frame(TEXT, value),
        frame(BINARY, good.encode()),
        frame(TEXT, good.encode(), masked=False),
        frame(random.choice((3, 7, 11, 15)), b"x"),
        frame(CONTINUATION, b"nothing before"),
        frame(TEXT, b"begun", final=False) + frame(TEXT, b"and begun again"),
        frame(TEXT, good[:20].encode(), final=False) + frame(CONTINUATION, good[20:].encode()),
        frame(PING, b"x" * 126),
        frame(PING, b"", final=False),
        frame(CLOSE, b"\x03"),
        frame(CLOSE, b"\x03\xe8\xff\xff"),
        frame(CLOSE, (random.choice((0, 999, 1005, 1006, 1015, 65535))).to_bytes(2)),
        bytes([0xF1, 0x80]) + _MASK,
        frame(TEXT, b'"' + b"a" * 1_000_100 + b'"'),
        said({"type": "subscribe", "id": random.choice(spoil.VALUES[1:]), "payload": {}}),
        said({"type": random.choice(("next", "complete", "", "ping", "pong", "connection_init"))}),
        said({"type": "subscribe", "id": "1", "payload": random.choice(spoil.VALUES)}),
        said(
            {"type": "subscribe", "id": "1", "payload": {"query": random.choice(spoil.TEXTS[3:])}}
        ),
    )
    return random.choice(choices)
