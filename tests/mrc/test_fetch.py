"""Fetching, against a server on this machine that can break off, forget ranges and send something else."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from bot.cli import app
from mrc import fetch
from mrc.fetch import Dataset, RefusedError, RemoteFile, UnreachableError, WrongContentError, fetch_file

CONTENT = bytes(range(256)) * 4_000


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `breaks` holds after how many bytes the next answers end, `ranges` whether it knows them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks, self.ranges, self.content, self.status = [], True, CONTENT, 200
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        self.server.asked.append(self.headers.get("Range"))
        if server.status != 200:
            self.send_error(server.status)
            return
        start = 0
        if server.ranges and self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.breaks.pop(0)] if server.breaks else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    one = Server()
    thread = threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()
    thread.join()


@pytest.fixture
def file(server):
    url = f"http://127.0.0.1:{server.server_address[1]}/data.json"
    return RemoteFile("data.json", url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_a_file_arrives_whole_and_is_not_asked_for_twice(server, file, tmp_path):
    seen = []
    found = fetch_file(file, tmp_path, progress=lambda there, size: seen.append((there, size)))
    assert found == (tmp_path / "data.json", False, 0) and found.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT)) and seen == sorted(seen)
    assert fetch_file(file, tmp_path).was_there and server.asked == [None]


def test_a_broken_connection_is_gone_on_with(server, file, tmp_path):
    server.breaks = [262_144, 131_072]
    assert fetch_file(file, tmp_path, wait_s=0).path.read_bytes() == CONTENT
    assert server.asked[0] is None and server.asked[1].startswith("bytes=") and len(server.asked) == 3


def test_what_an_earlier_call_left_is_gone_on_with(server, file, tmp_path):
    server.breaks = [262_144]
    with pytest.raises(UnreachableError, match="262144 of 1024000 bytes"):
        fetch_file(file, tmp_path, attempts=1)
    assert not (tmp_path / "data.json").exists()
    found = fetch_file(file, tmp_path)
    assert found.resumed_at == 262_144 and found.path.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=262144-"] and not (tmp_path / "data.json.part").exists()


def test_a_server_without_ranges_sends_it_anew(server, file, tmp_path):
    server.ranges = False
    (tmp_path / "data.json.part").write_bytes(CONTENT[:1000])
    assert fetch_file(file, tmp_path).path.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_not_gone_on_with(server, file, tmp_path):
    (tmp_path / "data.json.part").write_bytes(CONTENT + b"more")
    assert fetch_file(file, tmp_path).path.read_bytes() == CONTENT and server.asked == [None]


def test_another_content_is_refused_and_not_kept(server, file, tmp_path):
    server.content = CONTENT[:-1] + b"x"
    with pytest.raises(WrongContentError, match=file.sha256):
        fetch_file(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_content_in_the_folder_is_named_and_left(server, file, tmp_path):
    (tmp_path / "data.json").write_bytes(b"mine")
    with pytest.raises(WrongContentError, match="has 4 bytes"):
        fetch_file(file, tmp_path)
    assert (tmp_path / "data.json").read_bytes() == b"mine" and server.asked == []


def test_a_wrong_part_does_not_survive(server, file, tmp_path):
    (tmp_path / "data.json.part").write_bytes(b"y" * 1000)
    with pytest.raises(WrongContentError):
        fetch_file(file, tmp_path)
    assert fetch_file(file, tmp_path).path.read_bytes() == CONTENT


def test_a_missing_page_is_not_asked_for_again(server, file, tmp_path):
    server.status = 404
    with pytest.raises(RefusedError, match="404"):
        fetch_file(file, tmp_path)
    assert len(server.asked) == 1


def test_the_published_files_are_known():
    assert [(one.name, one.size) for one in fetch.KORQUAD.files] == [
        ("KorQuAD_v1.0_train.json", 38_527_475), ("KorQuAD_v1.0_dev.json", 3_881_058)
    ]  # fmt: skip
    assert all(len(one.sha256) == 64 and one.url.startswith("https://korquad.github.io/") for one in fetch.KORQUAD.files)


def dataset(*files):
    return Dataset("KorQuAD 1.0", "CC BY-ND 2.0 KR", "https://licence.example", "https://home.example", files)


def test_the_command_shows_the_licence_and_what_it_checked(file, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "KORQUAD", dataset(file))
    found = CliRunner().invoke(app, ["fetch", "korquad", "--out", str(tmp_path)], catch_exceptions=False)
    assert found.exit_code == 0 and (tmp_path / "data.json").read_bytes() == CONTENT
    assert "CC BY-ND 2.0 KR" in found.output and "1,024,000바이트" in found.output and file.sha256[:12] in found.output


def test_without_a_network_the_command_says_so(tmp_path, monkeypatch):
    nowhere = RemoteFile("data.json", "http://127.0.0.1:9/data.json", 10, "0" * 64)
    monkeypatch.setattr(fetch, "KORQUAD", dataset(nowhere))
    found = CliRunner().invoke(app, ["fetch", "korquad", "--out", str(tmp_path)])
    assert isinstance(found.exception, OSError)
    assert "인터넷 연결을 확인" in str(found.exception) and str(tmp_path / "data.json") in str(found.exception)
