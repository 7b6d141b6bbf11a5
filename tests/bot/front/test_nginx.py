"""The nginx configuration of docs/channels, run by a real nginx before a real front."""

import asyncio
import shutil
import subprocess
import time
from threading import Thread

import httpx
import pytest

from bot.front.app import create_app
from bot.front.config import FrontConfig
from bot.servers import free_port
from bot.settings import ROOT

pytestmark = pytest.mark.skipif(
    shutil.which("nginx") is None or shutil.which("openssl") is None, reason="no nginx or openssl here"
)

FRAME = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{site}
}}
"""


@pytest.fixture
def proxied(upstream, tmp_path):
    """A client of nginx on https, before a front that trusts it."""
    import uvicorn

    front_port, https_port, http_port = free_port(), free_port(), free_port()
    config = FrontConfig(
        port=front_port,
        conversations=tmp_path / "web.db",
        trusted_proxies=("127.0.0.1",),
        public_url="https://bot.example.com",
        per_address_per_minute=40,
    )
    server = uvicorn.Server(
        uvicorn.Config(create_app(config, upstream), port=front_port, proxy_headers=False, ws="none", log_level="warning")
    )
    thread = Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run([*made, "-subj", "/CN=bot.example.com", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site = (ROOT / "docs" / "channels" / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("/etc/letsencrypt/live/bot.example.com/fullchain.pem", str(certificate)),
        ("/etc/letsencrypt/live/bot.example.com/privkey.pem", str(key)),
        ("127.0.0.1:8080;", f"127.0.0.1:{front_port};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{https_port} ssl http2;"),
        ("listen 80;", f"listen 127.0.0.1:{http_port};"),
    ):
        assert old in site
        site = site.replace(old, new)
    (tmp_path / "nginx.conf").write_text(FRAME.format(folder=tmp_path, site=site), encoding="utf-8")
    nginx = subprocess.Popen(["nginx", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], stderr=subprocess.PIPE)
    customer = httpx.HTTPTransport(verify=False, local_address="127.0.0.2")  # not the proxy's own address, which is trusted
    client = httpx.Client(base_url=f"https://127.0.0.1:{https_port}", transport=customer, headers={"Host": "bot.example.com"})
    try:
        wait_for(client, nginx)
        yield client, f"http://127.0.0.1:{http_port}"
    finally:
        client.close()
        nginx.terminate()
        nginx.wait(10)
        server.should_exit = True
        thread.join(10)


def wait_for(client, nginx):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert nginx.poll() is None, nginx.stderr.read().decode()
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("nginx or the front does not answer")


def test_the_configuration_passes_on_what_it_should(proxied, upstream):
    client, plain = proxied
    redirected = httpx.get(f"{plain}/x", headers={"Host": "bot.example.com"}, trust_env=False)
    assert (redirected.status_code, redirected.headers["location"]) == (301, "https://bot.example.com/x")
    page = client.get("/")
    assert page.status_code == 200 and "https://bot.example.com/widget.js" in page.text
    assert "strict-transport-security" in page.headers
    assert client.get("/metrics").status_code == 404
    own_site = {"Origin": "https://bot.example.com"}
    assert client.post("/api/ask", json={"question": "가"}, headers=own_site).status_code == 200
    assert client.post("/api/ask", json={"question": "가"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/api/ask", content=b"a" * 200_000).status_code == 413

    token = client.post("/chat/conversations").json()["token"]
    auth = {"Authorization": f"Bearer {token}"}
    with client.stream("GET", "/chat/events", headers=auth) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "event: hello"  # before anything else is said: nothing is held back
        client.post("/chat/messages", json={"client_id": "c", "text": "반품"}, headers=auth)
        heard = []
        for line in lines:
            heard.append(line)
            if "나와 있어요" in line:
                break
        assert "id: 1" in heard and "id: 2" in heard

    statuses = {client.get("/", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(50)}
    assert 429 in statuses  # what the customer writes there does not make another customer
