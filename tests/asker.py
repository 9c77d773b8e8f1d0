"""A client that says on a connection what it likes, byte by byte, and hears what is answered."""

import asyncio


class Asker:
    """One connection."""

    def __init__(self, reader, writer, token):
        self._reader = reader
        self._writer = writer
        self._token = token

    def say(self, text):
        self._writer.write(text if isinstance(text, bytes) else text.encode())

    def request(self, method, path, *headers, body=b""):
        lines = [f"{method} {path} HTTP/1.1", "host: test", f"authorization: Bearer {self._token}", *headers]
        lines += ["content-type: application/json", f"content-length: {len(body)}"] if body else []
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def hear(self, *, is_head=False, is_told=False):
        """Give status, headers but for the date, and body."""
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()[:-1]
        headers = sorted(line for line in lines if not line.startswith("date:"))
        assert is_told or len(headers) == len(lines) - 1
        length = next((int(line.split()[1]) for line in lines if line.startswith("content-length")), 0)
        return first, headers, b"" if is_head else await self._reader.readexactly(length)

    async def ask(self, method, path, *headers, body=b""):
        self.say(self.request(method, path, *headers, body=body))
        return await self.hear(is_head=method == "HEAD")

    async def sent(self):
        """Let what was said arrive by itself."""
        await self._writer.drain()
        await asyncio.sleep(0.001)

    async def heard_all(self):
        return await self._reader.read()
