import os
from pathlib import Path

import pytest

from bot.settings import DEMO_CONFIG, OFFLINE, ROOT, Settings, adopt_folder, config_file, stay_offline


def test_default_paths_lie_in_the_project_root():
    settings = Settings()
    assert settings.index == ROOT / ".daedap" / "index"
    assert settings.reader == ROOT / "data" / "models" / "reader"
    assert settings.database_url == f"sqlite:///{ROOT}/.daedap/daedap.db"
    assert (ROOT / "pyproject.toml").is_file()


def test_file_then_environment_then_arguments(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text('index = "mine"\nfaq_answer = 0.6\nrasa_port = 6000\naction_port = 6001\n', encoding="utf-8")
    environment = {"DAEDAP_RASA_PORT": "7000", "DAEDAP_ACTION_PORT": "7001", "DAEDAP_DATABASE_URL": "sqlite:///x.db"}
    settings = Settings.load(file, environment, action_port=8001, rasa_port=None)
    assert settings.index == tmp_path / "mine"
    assert settings.faq_answer == 0.6
    assert settings.rasa_port == 7000
    assert settings.action_port == 8001
    assert settings.database_url == "sqlite:///x.db"


def test_the_file_may_be_named_by_the_environment(tmp_path):
    file = tmp_path / "other.toml"
    file.write_text("max_candidates = 5\n", encoding="utf-8")
    assert Settings.load(environment={"DAEDAP_CONFIG": str(file)}).max_candidates == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"faq_answr": 0.5}, "unknown setting 'faq_answr'"),
        ({"faq_answer": 1.5}, "faq_answer is 1.5; it must lie between 0 and 1"),
        ({"faq_offer": 0.9, "faq_answer": 0.8}, "faq_offer (0.9) must not exceed faq_answer (0.8)"),
        ({"rasa_port": 0}, "rasa_port is 0"),
        ({"reader_passages": "many"}, "reader_passages is 'many'; it must be of type int"),
        ({"max_candidates": 0}, "max_candidates is 0; it must be 1 or more"),
    ],
)
def test_wrong_settings_are_named(arguments, message):
    with pytest.raises(ValueError) as raised:
        Settings.load(environment={}, **arguments)
    assert message in str(raised.value)


def test_a_settings_file_that_is_named_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.toml"):
        Settings.load(tmp_path / "none.toml", {})


def test_a_broken_settings_file_is_named(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text("index = ", encoding="utf-8")
    with pytest.raises(ValueError, match="daedap.toml"):
        Settings.load(file, {})


def test_a_child_process_gets_the_same_addresses_and_stays_offline(tmp_path):
    settings = Settings(index=tmp_path / "i", rasa_port=6123, database_url="sqlite:////tmp/a.db")
    environment = settings.environment()
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert Settings.load(environment=environment) == settings


def test_paths_are_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Settings(index=Path("here")).index == tmp_path / "here"


def test_stay_offline_leaves_what_the_user_set(monkeypatch):
    for name in OFFLINE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    stay_offline()
    import os

    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"


def test_the_gpu_is_shown_to_the_process_that_searches_on_it(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Settings().show_device() == "cpu" and os.environ["CUDA_VISIBLE_DEVICES"] == ""
    assert Settings(search_device="cuda").show_device() == "cuda" and "CUDA_VISIBLE_DEVICES" not in os.environ
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert Settings(search_device="cuda").show_device() == "cuda" and os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    with pytest.raises(ValueError, match="search_device is 'gpu'"):
        Settings(search_device="gpu")


def test_the_front_s_table_in_the_file_is_not_ours(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text("faq_sure = 0.9\n[web]\nport = 9000\n", encoding="utf-8")
    assert Settings.load(file, {}).faq_sure == 0.9


def test_a_company_s_own_files_are_named_beside_its_configuration(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text(
        'faq = ["faq.csv", "/shared/more.xlsx"]\nmanuals = ["manuals"]\ndatabase_url = "sqlite:///.daedap/a.db"\n',
        encoding="utf-8",
    )
    settings = Settings.load(file, {})
    assert settings.faq == (tmp_path / "faq.csv", Path("/shared/more.xlsx"))
    assert settings.manuals == (tmp_path / "manuals",)
    assert settings.database_url == f"sqlite:///{tmp_path}/.daedap/a.db"


@pytest.mark.parametrize("url", ["sqlite:////var/a.db", "sqlite://", "sqlite:///:memory:", "postgresql://host/daedap"])
def test_other_databases_stay_as_they_are_written(tmp_path, url):
    file = tmp_path / "daedap.toml"
    file.write_text(f'database_url = "{url}"\n', encoding="utf-8")
    assert Settings.load(file, {}).database_url == url


def test_paths_that_are_no_list_are_refused(tmp_path):
    file = tmp_path / "daedap.toml"
    file.write_text("faq = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="setting faq is 3; it must be a list of paths"):
        Settings.load(file, {})


def test_a_folder_s_configuration_is_adopted_unless_another_is_named(tmp_path, monkeypatch):
    (tmp_path / "daedap.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAEDAP_CONFIG", "other.toml")
    adopt_folder()
    assert config_file() == tmp_path / "other.toml"
    monkeypatch.setenv("DAEDAP_CONFIG", "")
    adopt_folder()
    assert config_file() == tmp_path / "daedap.toml"
    assert config_file(environment={}) == DEMO_CONFIG
