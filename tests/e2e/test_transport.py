"""How a started server is reached: TLS of its own, proxies that are named and no others, headers, file modes."""

import datetime as dt
import socket
import ssl
import subprocess
import warnings

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from started_server import Server
from timed import PATIENT_S

WANTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def certificate(folder):
    """Make a certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    pem = serialization.Encoding.PEM
    (folder / "c.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    (folder / "k.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "k.pem").chmod(0o600)
    return {"tls_certificate_file": str(folder / "c.pem"), "tls_key_file": str(folder / "k.pem")}


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(**settings):
        started.append(Server(tmp_path / "data", rate_limits="off", **settings))
        return started[-1].start()

    yield begin
    for one in started:
        one.end()


def sources(server, headers):
    """Sign in with these headers and give the addresses that the audit log names."""
    login = {"email": "admin@example.com", "password": "correct horse battery"}
    answer = httpx2.post(f"{server.url}/v1/auth/login", json=login, headers=headers, timeout=PATIENT_S)
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    rows = httpx2.get(f"{server.url}/v1/audit", headers=bearer, timeout=PATIENT_S).json()["data"]
    return {row["client_ip"] for row in rows if row["action"] == "auth.login"}


def test_nobody_can_lend_themselves_another_address(start):
    server = start()
    assert sources(server, {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}) == {"127.0.0.1"}


def test_a_named_proxy_is_believed_about_the_address_next_to_it(start):
    server = start(trusted_proxies="127.0.0.0/8")
    forged = {"x-forwarded-for": "10.9.9.9, 198.51.100.7", "x-forwarded-proto": "https"}
    assert sources(server, forged) == {"198.51.100.7"}
    answer = httpx2.get(f"{server.url}/health", headers=forged, timeout=PATIENT_S)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    in_lines = [("x-forwarded-for", one) for one in ("10.9.9.9", "198.51.100.8:4711", "127.0.0.2")]
    assert sources(server, in_lines) == {"198.51.100.7", "198.51.100.8"}, "past every proxy that is named, no further"


def test_the_server_speaks_tls_and_nothing_older_than_1_2(tmp_path):
    server = Server(tmp_path / "data", **certificate(tmp_path))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(server.command(), env=server.environ, stdout=log, stderr=log)
    url = server.url.replace("http", "https")
    try:
        answer = httpx2.HTTPTransport(verify=False, retries=9)
        with httpx2.Client(transport=answer) as client:
            shown = client.get(f"{url}/health")
            assert shown.headers["strict-transport-security"] and shown.status_code == 200
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"{server.url}/health", timeout=PATIENT_S)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            older(server.port)
    finally:
        process.kill()
        process.wait()


def older(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw) as wrapped:
        wrapped.do_handshake()


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_tls_key_that_others_can_read_or_that_is_none_stops_the_start(tmp_path, mode):
    key = tmp_path / "k.pem"
    key.write_text("no key")
    key.chmod(mode)
    server = Server(tmp_path / "data", tls_certificate_file=str(key), tls_key_file=str(key))
    ended = subprocess.run(server.command(), env=server.environ, capture_output=True, timeout=60, check=False)
    assert ended.returncode != 0 and b"Traceback" not in ended.stderr
    assert (b"chmod 600" in ended.stderr) == (mode == 0o644)


def test_every_answer_has_the_headers_and_every_file_is_its_owners(start):
    server = start()
    paths = ["/", "/health", "/docs", "/redoc", "/openapi.json", "/nope", "/v1/orders", "/api/orders", "/api/v1/orders"]
    for path in [*paths, "/docs/static/none.js", "/%00", "/ws"]:
        headers = httpx2.get(f"{server.url}{path}", timeout=PATIENT_S).headers
        assert WANTED.items() <= dict(headers).items(), path
        assert "content-security-policy" in headers and "server" not in headers, path
    open_to_others = [path for path in server.data_dir.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == [] and server.data_dir.stat().st_mode & 0o077 == 0
