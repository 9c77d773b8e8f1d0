"""Where one is signed in: /v1/sessions. One's own; an admin names somebody else with `user_id`."""

from typing import Annotated

from fastapi import Query

from openbell.api.deps import Deps, Reader
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, CountMeta
from openbell.api.values import timestamp
from openbell.domain.access import Principal, Session

router = Router(prefix="/v1/sessions", tag="sessions")

OwnerId = Annotated[str, Query(max_length=64, description="Whose sessions; admins only.")]


class SessionData(Answer):
    """A session. `is_current` marks the one that asks; `key_id` names the signing key it was begun with."""

    session_id: str
    is_current: bool
    client_ip: str
    user_agent: str
    key_id: str | None
    created_at: str
    refreshed_at: str | None
    expires_at: str


class SessionsAnswer(Answer):
    """What is signed in."""

    data: list[SessionData]
    meta: CountMeta


class EndedData(Answer):
    """How many sessions ended."""

    ended: int


class EndedAnswer(Answer):
    """What was done."""

    data: EndedData


@router.get("")
async def list_sessions(services: Deps, principal: Reader, user_id: OwnerId = "") -> SessionsAnswer:
    """List what is signed in now, newest first."""
    found = await services.sessions.list(principal, user_id=user_id)
    return SessionsAnswer(data=[_shown(one, principal) for one in found], meta=CountMeta(total_count=len(found)))


@router.delete("")
async def end_other_sessions(services: Deps, principal: Reader, user_id: OwnerId = "") -> EndedAnswer:
    """End every session but the one that asks."""
    return EndedAnswer(data=EndedData(ended=await services.sessions.end_others(principal, user_id=user_id)))


@router.delete("/{session_id}")
async def end_session(session_id: str, services: Deps, principal: Reader, user_id: OwnerId = "") -> EndedAnswer:
    """End a session: its tokens are void at once, and its sockets close within a second."""
    await services.sessions.end(principal, session_id, user_id=user_id)
    return EndedAnswer(data=EndedData(ended=1))


def _shown(one: Session, principal: Principal) -> SessionData:
    return SessionData(
        session_id=one.session_id,
        is_current=one.session_id == principal.session_id,
        client_ip=one.client_ip,
        user_agent=one.agent,
        key_id=one.key_id or None,
        created_at=timestamp(one.created_ns),
        refreshed_at=None if one.refreshed_ns is None else timestamp(one.refreshed_ns),
        expires_at=timestamp(one.expires_ns),
    )
