"""Which answers are compressed: whole, large, of text, and only where that is asked for."""

import gzip

import pytest

from openbell.api.compression import LENGTH_MIN, Compressor

LARGE = b'{"a":1}' * LENGTH_MIN


async def sent(*bodies, accepts=b"gzip", kind=b"application/json", headers=()):
    """Send an answer of some pieces through and give its headers and its body."""
    out = []

    async def send(message):
        out.append(message)

    way = Compressor(send, accepts=accepts)
    head = [(b"content-type", kind), (b"content-length", str(sum(map(len, bodies))).encode()), *headers]
    await way.send({"type": "http.response.start", "status": 200, "headers": head})
    for body in bodies:
        await way.send({"type": "http.response.body", "body": body, "more_body": body is not bodies[-1]})
    return dict(out[0]["headers"]), b"".join(message["body"] for message in out[1:])


async def test_a_large_answer_is_compressed_whole():
    headers, body = await sent(LARGE)
    assert headers[b"content-encoding"] == b"gzip" and headers[b"content-length"] == str(len(body)).encode()
    assert gzip.decompress(body) == LARGE


@pytest.mark.parametrize(
    "answer",
    [
        {"accepts": b""},
        {"accepts": b"br"},
        {"accepts": b"gzip;q=0"},
        {"kind": b"image/png"},
        {"headers": ((b"content-encoding", b"br"),)},
    ],
)
async def test_other_answers_are_left_as_they_are(answer):
    headers, body = await sent(LARGE, **answer)
    assert body == LARGE and headers.get(b"content-encoding") != b"gzip"


async def test_a_stream_is_never_held_back():
    pieces = [LARGE, b"x", b""]
    headers, body = await sent(*pieces)
    assert body == b"".join(pieces) and b"content-encoding" not in headers


async def test_a_small_answer_is_left_as_it_is():
    headers, body = await sent(b"{}")
    assert body == b"{}" and b"vary" not in headers
