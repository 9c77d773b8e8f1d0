"""A network that loses answers: no order is doubled, no read is lost, nobody waits for ever."""

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress

import pytest

from client.test_client import resting
from openbell.client import Client, OutcomeUnknown, Retries, State, Unavailable
from openbell.client.backoff import Backoff
from started_server import PASSWORD

QUICK = Retries(backoff=Backoff(base_s=0.01, cap_s=0.05))


class LossyWire:
    """Passes each connection's one request on to a server, and loses the answers to the first `losses` of a kind."""

    def __init__(self, port, *, marked=b"POST /v1/orders ", losses):
        self.port, self.marked, self.losses = port, marked, losses
        self.passed = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            with near, socket.create_connection(("127.0.0.1", self.port)) as far:
                near.settimeout(30)
                far.settimeout(30)
                self.relay(near, far)

    def relay(self, near, far):
        request = read_message(near)
        is_marked = request.startswith(self.marked)
        far.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        answer = b"".join(iter(lambda: far.recv(65536), b""))
        self.passed += is_marked
        if is_marked and self.passed <= self.losses:
            return
        near.sendall(answer)


def read_message(connection):
    """Read a request, as long as its content-length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower()[:15] == b"content-length:"), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def test_an_order_whose_answers_are_lost_is_one_order(running, client, api_key):
    wanted = resting(client)
    with LossyWire(running.port, losses=2) as wire, Client(wire.url, api_key=api_key, retries=QUICK) as far:
        placed = far.orders.place(wanted)
    assert wire.passed == 3
    same = [one for one in client.orders.iter() if one.client_order_id == wanted.client_order_id]
    assert [one.order_id for one in same] == [placed.order_id]
    client.orders.cancel(placed.order_id)


def test_an_order_that_never_got_an_answer_can_be_asked_for(running, client, api_key):
    wanted = resting(client)
    with LossyWire(running.port, losses=99) as wire, Client(wire.url, api_key=api_key, retries=QUICK) as far:
        with pytest.raises(OutcomeUnknown):
            far.orders.place(wanted)
        found = far.orders.find(wanted.client_order_id)
    assert wire.passed == 4 and found.status == "SUBMITTED"
    client.orders.cancel(found.order_id)


def test_a_modification_whose_answer_is_lost_happens_once(running, client, api_key):
    order = client.orders.place(resting(client))
    wire = LossyWire(running.port, marked=b"PUT /v1/orders", losses=1)
    with wire, Client(wire.url, api_key=api_key, retries=QUICK) as far:
        changed = far.orders.modify(order.order_id, quantity=order.quantity * 3, expected_revision=1)
    assert (wire.passed, changed.revision) == (2, 2)
    client.orders.cancel(order.order_id)


def test_a_server_that_never_answers_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, api_key="x", timeout_s=0.2, retries=QUICK) as patient:
            with pytest.raises(Unavailable):
                patient.portfolio.summary()
            silent.settimeout(0)
            tries = 0
            with suppress(BlockingIOError):
                while True:
                    silent.accept()[0].close()
                    tries += 1
    assert tries == QUICK.attempts_max, "it waited its 0.2 seconds so often, and no more"


def test_a_socket_too_many_waits_until_one_is_free(running, client):
    password = f"{PASSWORD} many"
    client.users.create(email="many@example.com", password=password)
    with Client(running.url, email="many@example.com", password=password) as user, ExitStack() as open_ones:
        first, *_ = [open_ones.enter_context(ready(user.stream())) for _ in range(3)]
        with user.stream() as late:
            with pytest.raises(Unavailable):
                late.ready(timeout_s=2)
            assert late.state is State.WAITING
            first.close()
            late.ready(timeout_s=30)


@contextmanager
def ready(stream):
    """A stream that is open."""
    with stream:
        stream.ready()
        yield stream
