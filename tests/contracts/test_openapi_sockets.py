"""The AsyncAPI document: well-formed, complete, and true to what a started server says."""

import re
from pathlib import Path

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts

from openbell.api import asyncapi
from openbell.api.app import describe_only
from openbell.api.socket_pages import sockets
from openbell.streaming.session import Say, Session, Subscribe, Unsubscribe

NOW = 1_769_380_200_000_000_000
TOP = {"asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"}
REFERENCE = re.compile(r"#/(.+)")

pytestmark = pytest.mark.line("E6", "R6")


@pytest.fixture(scope="module")
def document():
    return asyncapi.describe("test")


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(document, reference):
    found = document
    for step in REFERENCE.fullmatch(reference)[1].split("/"):
        found = found[step]
    return found


def test_the_document_has_the_parts_that_asyncapi_3_asks_for(document):
    assert re.fullmatch(r"3\.\d+\.\d+", document["asyncapi"]) and document.keys() == TOP
    assert document["info"].keys() >= {"title", "version"}
    for server in document["servers"].values():
        assert server.keys() >= {"host", "protocol"} and "/" not in server["host"]
    for channel in document["channels"].values():
        assert channel["address"].startswith("/") and channel["messages"]
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"} and operation["messages"]


def test_every_reference_leads_somewhere_and_operations_name_messages_of_their_channel(document):
    assert all(resolve(document, one) is not None for one in references(document))
    for operation in document["operations"].values():
        channel = operation["channel"]["$ref"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])


def test_every_example_keeps_to_its_own_schema(document):
    messages = document["components"]["messages"]
    assert len(messages) > 10 and all(message["examples"] for message in messages.values())
    for name, message in messages.items():
        validator = jsonschema_rs.Draft202012Validator(message["payload"])
        for example in message["examples"]:
            assert validator.is_valid(example["payload"]), name


def test_every_socket_of_the_server_has_a_page_and_no_page_is_without_a_socket():
    routes = {one.path for one in iter_route_contexts(describe_only().routes) if not getattr(one, "methods", None)}
    found = {path for path in routes if path.startswith(("/ws", "/api/v1/ws"))}
    assert found == {page.address for page in sockets() if page.protocol == "ws"}


def test_a_session_understands_what_the_document_says_a_client_may_say():
    page = next(one for one in sockets() if one.address == "/ws")
    assert page.from_client and all(message.specimens for message in page.from_client)
    for message in page.from_client:
        for specimen in message.specimens:
            session = Session(symbols=lambda text: text, now_ns=NOW)
            (action,) = session.receive(specimen, now_ns=NOW)
            assert isinstance(action, Subscribe | Unsubscribe | Say)
            assert not (isinstance(action, Say) and b'"error"' in action.message), specimen


def test_the_documents_in_the_folder_hold_every_message():
    text = (Path(__file__).resolve().parents[2] / "docs/api/websocket-api.md").read_text("utf-8")
    for page in sockets():
        for message in (*page.from_client, *page.from_server):
            assert f"**`{message.name}`**" in text
