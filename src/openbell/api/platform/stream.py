"""The private stream over HTTP: /v1/stream, server-sent events beside the socket at /ws."""

from typing import Annotated, Any

from fastapi import Header, Query, Request, Response

from openbell.api.deps import Deps
from openbell.api.errors import ApiError
from openbell.api.limits import Router
from openbell.api.settings import ApiSettings
from openbell.api.sockets import Listens, check_new, check_origin, counted, seq_of, welcome_of
from openbell.streaming.events import MEDIA_TYPE, EventSetup, EventStream
from openbell.streaming.session import BATCH_MS_MAX

PATH = "/v1/stream"
router = Router(tag="platform: stream")

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events for as long as the connection lasts; `docs/api/websocket-api.md` has every message.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "string"},
                "example": 'event: order_update\nid: 42\ndata: {"type": "order_update", "seq": 42}\n\n',
            }
        },
    }
}
LastEventId = Annotated[str | None, Header(max_length=18, description="What a browser sends when it reconnects.")]
FromSeq = Annotated[str | None, Query(max_length=18, description="Replay what came after this number, then go live.")]
BatchMs = Annotated[int, Query(ge=0, le=BATCH_MS_MAX, description="Collect events this long and write them together.")]
_QueryCredential = Annotated[str, Query(max_length=4_096)]


@router.get(PATH, response_class=Response, responses=_ANSWER)
async def stream_events(
    *,
    request: Request,
    services: Deps,
    principal: Listens,
    accept: Annotated[str, Header(max_length=256, description=f"Must name `{MEDIA_TYPE}`.")] = "",
    last_event_id: LastEventId = None,
    from_seq: FromSeq = None,
    batch_ms: BatchMs = 0,
    token: _QueryCredential = "",
    ticket: _QueryCredential = "",
) -> Response:
    """Stream one's own orders, fills, positions, alerts and kill switches as they happen.

    Credentials are taken from the headers, or from `?ticket=` or `?token=` where a client cannot send any.
    """
    del token, ticket  # read by the policy
    settings: ApiSettings = request.app.state.settings
    check_origin(request, settings)
    if MEDIA_TYPE not in accept:
        raise ApiError(406, "NOT_ACCEPTABLE", f"This answer does not end: send `Accept: {MEDIA_TYPE}` to take it.")
    seen = seq_of(last_event_id, "Last-Event-ID") if last_event_id else seq_of(from_seq, "from_seq")
    await check_new(services, principal, path=PATH, from_seq=seen)
    return EventStream(
        principal,
        from_seq=seen,
        setup=EventSetup(
            hub=services.streams,
            now_ns=settings.now_ns,
            is_welcome=welcome_of(services, principal),
            batch_s=batch_ms / 1_000,
            limits=settings.sockets,
        ),
        counted=counted(services, PATH, principal),
    )
