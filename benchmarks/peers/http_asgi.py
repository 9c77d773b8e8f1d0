"""A bare ASGI application on uvicorn: bytes that were ready before, and an order that is read and not understood."""

import json
import sys

import uvicorn
from http_data import CANDLES, POSITIONS

READY = {
    "/positions": json.dumps(POSITIONS).encode(),
    "/candles": json.dumps(CANDLES).encode(),
    "/orders": b'{"order_id":"ord-1","symbol":"BTC/USD","side":"BUY","quantity":"0.01","status":"NEW"}',
}


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        await receive()
    body = READY[scope["path"]]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False, http="httptools")
