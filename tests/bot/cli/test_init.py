"""A company's own folder: what `daedap init` makes is a bot that can be configured, indexed, tested and talked with."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

from bot.cli.init import TEMPLATE, make_company
from bot.cli.test import script_files
from bot.front.config import FrontConfig
from bot.handover.config import HumanConfig
from bot.own_sources import keep_index
from bot.scripted import read_script
from bot.settings import ROOT, Settings
from bot.skills.config import SkillsConfig
from bot.storage.config import StorageConfig
from retrieval.ingest.faq import read_faq

DAEDAP = str(Path(sys.executable).parent / "daedap")


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    make_company(folder, "한강 자전거")
    return folder


def test_the_folder_has_all_that_a_bot_needs(shop):
    made = sorted(path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file())
    assert made == [
        ".gitignore", "README.md", "daedap.toml", "faq.csv", "manuals/이용-안내.md",
        "tests/faq.yml", "tests/greeting.yml", "tests/manual.yml",
    ]  # fmt: skip
    assert "# 한강 자전거의 상담 봇" in (shop / "README.md").read_text(encoding="utf-8")
    assert not [path for path in shop.rglob("*") if path.is_file() and "{name}" in path.read_text(encoding="utf-8")]


def test_the_configuration_can_be_read_and_has_no_skills_on(shop):
    settings = Settings.load(shop / "daedap.toml", {})
    assert (settings.faq, settings.manuals) == ((shop / "faq.csv",), (shop / "manuals",))
    assert settings.index == shop / ".daedap" / "index"
    assert settings.database_url == f"sqlite:///{shop}/.daedap/daedap.db"
    assert SkillsConfig.load(shop / "daedap.toml", {}) == SkillsConfig()
    assert FrontConfig.load(shop / "daedap.toml", {}).conversations == shop / ".daedap" / "web.db"


def test_whatever_is_switched_on_in_it_can_be_read(shop):
    path = shop / "daedap.toml"
    text, count = re.subn(r'(?m)^#(?=[\w\["])', "", path.read_text(encoding="utf-8"))
    assert count >= 30
    text = re.sub(r"(?m)^faq_answer = .*", "faq_answer = 0.8", text)
    path.write_text(text, encoding="utf-8")
    settings = Settings.load(path, {})
    assert (settings.faq_answer, settings.max_candidates) == (0.8, 3)
    skills = SkillsConfig.load(path, {})
    assert (skills.names, skills.repair.aliases) == ({"repair", "order"}, {"오븐": ("화덕", "전기 오븐")})
    assert skills.order.orders == shop / "orders.csv"
    assert HumanConfig.load(path, {}) is not None
    assert StorageConfig.load(path, {}) == StorageConfig(365, 0)
    assert FrontConfig.load(path, {}).allowed_origins == ("https://www.example.com",)


def test_the_numbers_that_are_shown_are_those_that_count_without_them(shop):
    shown = re.findall(
        r"^#(faq_\w+|max_candidates) = ([\d.]+)$", (shop / "daedap.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(shown) == 4
    assert {name: float(value) for name, value in shown} == {name: float(getattr(Settings(), name)) for name, _ in shown}


def test_everything_that_can_be_told_of_the_skills_is_shown(shop):
    import dataclasses

    from bot.skills.config import OrderConfig, RepairConfig

    text = (shop / "daedap.toml").read_text(encoding="utf-8")
    fields = [field.name for kind in (RepairConfig, OrderConfig) for field in dataclasses.fields(kind)]
    assert [name for name in fields if name not in text] == ["enabled", "enabled"]


def test_the_sample_faq_and_the_first_tests_fit_together(shop):
    entries, problems = read_faq([shop / "faq.csv"])
    assert len(entries) >= 5 and problems == []
    for path in script_files([shop / "tests"]):
        for turn in read_script(path).turns:
            if turn.expect.get("kind") == "faq":
                assert turn.expect["source"] in {entry.id for entry in entries}


def test_nothing_is_overwritten(shop):
    (shop / "faq.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match="faq.csv"):
        make_company(shop, "다른 가게")
    assert (shop / "faq.csv").read_text(encoding="utf-8") == "mine"
    (shop / "README.md").unlink()
    with pytest.raises(FileExistsError):
        make_company(shop, "다른 가게")
    assert not (shop / "README.md").exists()


@pytest.mark.parametrize("name", ["", "  ", "가" * 61, "가\x07"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="--name"):
        make_company(tmp_path / "shop", name)
    assert not (tmp_path / "shop").exists()


def test_the_template_names_no_company():
    texts = "".join(path.read_text(encoding="utf-8") for path in TEMPLATE.rglob("*") if path.is_file())
    assert not re.search("대답전자|대답몰|한빛|바람결|1577-0909", texts)


def test_the_index_follows_the_files(shop):
    settings = Settings.load(shop / "daedap.toml", {})
    told = []
    assert keep_index(settings, told.append).entries == 6
    assert keep_index(settings, told.append) is None
    with (shop / "faq.csv").open("a", encoding="utf-8") as file:
        file.write("new-01,주문,,선물 포장 되나요?,,네 돼요.,\n")
    assert keep_index(settings, told.append).entries == 7
    assert [line for line in told if line.startswith("FAQ 7개")]


def test_without_files_of_its_own_nothing_is_built(tmp_path):
    assert keep_index(Settings(index=tmp_path / "index")) is None
    assert not (tmp_path / "index").exists()


def test_a_file_that_is_missing_is_named(shop):
    (shop / "faq.csv").unlink()
    with pytest.raises(FileNotFoundError, match="faq.csv"):
        keep_index(Settings.load(shop / "daedap.toml", {}))


def test_missing_scripts_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="대화 시험"):
        script_files([tmp_path])
    with pytest.raises(FileNotFoundError, match="none.yml"):
        script_files([tmp_path / "none.yml"])


def run(*arguments, cwd):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run([DAEDAP, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, timeout=280)


def test_the_command_says_what_it_made_and_what_is_in_the_way(tmp_path):
    first = run("init", "shop", "--name", "동네 빵집", cwd=tmp_path)
    assert (first.returncode, "파일 8개" in first.stdout, "cd shop" in first.stdout) == (0, True, True)
    assert tomli.loads((tmp_path / "shop" / "daedap.toml").read_text(encoding="utf-8"))["faq"] == ["faq.csv"]
    again = run("init", "shop", cwd=tmp_path)
    assert again.returncode == 1 and "덮어쓰지 않아요" in again.stderr


@pytest.mark.slow
def test_the_first_tests_pass_in_the_new_folder(built, shop):
    done = run("test", cwd=shop)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"(?m)^(.) \w+", done.stdout) == ["✓"] * 3
    script = shop / "tests" / "faq.yml"
    script.write_text(script.read_text(encoding="utf-8").replace("3천 원", "9천 원"), encoding="utf-8")
    failed = run("test", "tests/faq.yml", cwd=shop)
    assert failed.returncode == 1 and "text is not '9천 원'" in failed.stdout


@pytest.mark.slow
def test_chat_works_in_the_new_folder(built, shop):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(DAEDAP, ["chat"], encoding="utf-8", dimensions=(50, 160), timeout=200, cwd=str(shop))
    try:
        child.expect("무엇이든 물어보세요")
        child.send("몇 시에 열어요?\r")
        child.expect("10시부터 19시")
        child.send("세탁기 수리 접수할게요\r")  # the demo's skills and answers are not this company's
        child.expect("모르겠어요|찾지 못했어요|자신이 없어요|접수")
        assert "기사님이" not in child.before and (shop / ".daedap" / "index" / "CURRENT").exists()
        child.sendeof()
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert not (ROOT / "daedap.toml").exists()
