"""How large a request may be: what is sent is counted while it comes, so that nobody fills the memory."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .brought import MOST_FILE_BYTES

#: Of an upload with what belongs to it, and of any other request.
MOST_UPLOAD_BYTES, MOST_REQUEST_BYTES = MOST_FILE_BYTES + 100_000, 200_000
_UPLOAD_PATHS = ("/upload", "/upload/")


class SizeLimit:
    """Refuses requests that are too large, by what they say of themselves or else by what comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, as long as it is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = MOST_UPLOAD_BYTES if scope["path"].endswith(_UPLOAD_PATHS) else MOST_REQUEST_BYTES
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > most:
            await _refuse(send, most)
            return
        came, refused = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            # the rest is not read, and what would be answered is not said
            return message if came <= most else {"type": "http.disconnect"}

        async def watched(message: Message) -> None:
            nonlocal refused
            if came <= most:
                await send(message)
            elif not refused:
                refused = True
                await _refuse(send, most)

        await self.app(scope, counted, watched)
        if came > most and not refused:
            await _refuse(send, most)


async def _refuse(send: Send, most: int) -> None:
    text = f'{{"detail": "A request here may have {most} bytes at most."}}'.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
