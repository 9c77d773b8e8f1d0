"""FastAPI on uvicorn as its documentation shows it: a list of sockets, and a loop that sends to one after the other."""

import asyncio
import sys
from contextlib import asynccontextmanager, suppress

import ticks
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

sockets: list[WebSocket] = []


async def tell(tick: str) -> None:
    for one in sockets.copy():
        with suppress(WebSocketDisconnect, RuntimeError):
            await one.send_text(tick)


@asynccontextmanager
async def lifespan(_app: FastAPI):
    telling = asyncio.create_task(ticks.run(tell))
    yield
    telling.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    sockets.append(websocket)
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        sockets.remove(websocket)


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
