"""What the bot can be told: where its parts lie, how sure it must be, how it is reached.

Order: default (of the reader: the one that `daedap runs publish` put into service) < the configuration file (see
`config_file`) < the environment (addresses and secrets only, see `ENVIRONMENT`) < arguments.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.transfer.runs import published_model

ROOT = Path(__file__).resolve().parent.parent
"""The project root: the folder that holds `config.yml`, `data/` and `.daedap/`."""

BUILT = ROOT / ".daedap"

CONFIG = "daedap.toml"
DEMO_CONFIG = ROOT / "data" / "company" / CONFIG
"""What the demo company is configured with."""

TABLES = ("web", "skills", "human", "storage", "kakao", "slack")
"""Tables of the file that are read elsewhere, each beside the code that uses it (`bot.front.config`, `bot.skills.config` …)."""

ENVIRONMENT = {
    "DAEDAP_INDEX": "index",
    "DAEDAP_READER": "reader",
    "DAEDAP_RASA_MODEL": "rasa_model",
    "DAEDAP_DATABASE_URL": "database_url",
    "DAEDAP_RASA_PORT": "rasa_port",
    "DAEDAP_ACTION_PORT": "action_port",
    "DAEDAP_SEARCH_DEVICE": "search_device",
}
"""Environment variables that are read, with the field each one sets."""

OFFLINE = {
    "RASA_TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}
"""Set in every process of the bot: nothing leaves the machine, and TensorFlow stays quiet on the CPU."""


@dataclass(frozen=True)
class Settings:
    """All settings of the bot, checked; paths are absolute. Rasa and the action server listen on loopback only."""

    index: Path = BUILT / "index"
    reader: Path = ROOT / "data" / "models" / "reader"
    vectors: str = ""
    """Sentence vectors: a folder, or a hub name of sentence-transformers; empty for those that ship."""
    search_device: str = "cpu"
    """Where vectors are searched: `cpu`, or `cuda` where faiss-gpu and a device are there."""
    rasa_model: Path = BUILT / "rasa"
    database_url: str = f"sqlite:///{BUILT / 'daedap.db'}"
    faq: tuple[Path, ...] = ()
    """FAQ files of a company's own folder, indexed when `daedap chat` or `daedap serve` starts."""
    manuals: tuple[Path, ...] = ()
    """Its folders of manuals, likewise."""

    faq_sure: float = 0.85
    """From this probability on, as far as the FAQ alone tells (`bot.faq_judge`), its best entry is the answer, and nothing is read."""
    faq_answer: float = 0.63
    """From this probability on, beside what the manuals say (`bot.choice`), the best FAQ entry is the answer."""
    faq_offer: float = 0.52
    """The nearest FAQ entries are offered as buttons where the FAQ speaks of the question with this probability (`bot.scope`)."""
    out_of_scope_answer: float = 0.90
    """A message that seems to have nothing to do with the company is answered from this confidence on only."""
    reader_passages: int = 4
    """How many passages the reader looks into."""
    max_candidates: int = 3
    """How many FAQ questions are offered at most."""
    reader_threads: int = 2
    max_message_characters: int = 1_000

    rasa_port: int = 5005
    action_port: int = 5055
    answer_timeout_s: float = 5.0
    """After this long without an answer the user is told that the answer service is away."""

    def __post_init__(self) -> None:
        for name in ("index", "reader", "rasa_model"):
            object.__setattr__(self, name, Path(getattr(self, name)).expanduser().resolve())
        for name in ("faq", "manuals"):
            object.__setattr__(self, name, tuple(Path(path).expanduser().resolve() for path in getattr(self, name)))
        for name in ("faq_sure", "faq_answer", "faq_offer", "out_of_scope_answer"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"setting {name} is {value!r}; it must lie between 0 and 1")
        for low, high in (
            ("faq_offer", "faq_answer"),
            ("faq_answer", "faq_sure"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"setting {low} ({getattr(self, low)}) must not exceed {high} ({getattr(self, high)})")
        for name in ("reader_passages", "max_candidates", "reader_threads", "max_message_characters"):
            if getattr(self, name) < 1:
                raise ValueError(f"setting {name} is {getattr(self, name)!r}; it must be 1 or more")
        if self.search_device not in ("cpu", "cuda"):
            raise ValueError(f"setting search_device is {self.search_device!r}; it must be cpu or cuda")
        for name in ("rasa_port", "action_port"):
            if not 0 < getattr(self, name) < 65_536:
                raise ValueError(f"setting {name} is {getattr(self, name)!r}; a port lies between 1 and 65535")

    @classmethod
    def load(cls, file: Path | None = None, environment: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Settings from `file`, the environment and `arguments`; arguments that are None count as not given."""
        environment = os.environ if environment is None else environment
        served = published_model(BUILT / "published", "reader")
        values: dict[str, Any] = {"reader": served} if served else {}
        path = config_file(file, environment)
        if path.exists():
            values.update(_read_toml(path))
        elif file or environment.get("DAEDAP_CONFIG"):
            raise FileNotFoundError(f"{path}: 설정 파일이 없어요.")
        values.update({field: environment[key] for key, field in ENVIRONMENT.items() if environment.get(key)})
        values.update({name: value for name, value in arguments.items() if value is not None})
        return cls(**_converted(values))

    def show_device(self) -> str:
        """`search_device`; a GPU that `OFFLINE` hides from this process is shown to it where search wants one."""
        if self.search_device == "cuda" and os.environ.get("CUDA_VISIBLE_DEVICES") == "":
            del os.environ["CUDA_VISIBLE_DEVICES"]
        return self.search_device

    def replace(self, **changes: Any) -> Settings:
        """These settings with `changes`."""
        return dataclasses.replace(self, **changes)

    def environment(self) -> dict[str, str]:
        """Environment variables that give a child process these addresses, and keep it offline."""
        return OFFLINE | {key: str(getattr(self, field)) for key, field in ENVIRONMENT.items()}


def config_file(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """`file`, the one `DAEDAP_CONFIG` names, that of the project root, or the demo company's: the first that is said or there."""
    environment = os.environ if environment is None else environment
    named = file or environment.get("DAEDAP_CONFIG")
    if named:
        return Path(named)
    own = ROOT / CONFIG
    return own if own.exists() else DEMO_CONFIG


def adopt_folder() -> None:
    """Let a `daedap.toml` in the working folder be this process's and its children's, unless `DAEDAP_CONFIG` names one."""
    named = os.environ.get("DAEDAP_CONFIG")
    here = Path(named or CONFIG).resolve()
    if named or here.is_file():
        os.environ["DAEDAP_CONFIG"] = str(here)  # whole, for the servers work in another folder


def stay_offline() -> None:
    """Make this process (and its children) look nothing up on the network; variables set by the user win."""
    for key, value in OFFLINE.items():
        os.environ.setdefault(key, value)


def _read_toml(path: Path) -> dict[str, Any]:
    import tomli

    try:
        values = tomli.loads(path.read_text(encoding="utf-8"))
    except tomli.TOMLDecodeError as error:
        raise ValueError(f"{path}: 설정 파일을 읽을 수 없어요. {error}") from error
    for name in TABLES:
        values.pop(name, None)
    for name in ("index", "reader", "rasa_model"):
        if isinstance(values.get(name), str):
            values[name] = path.parent / Path(values[name]).expanduser()
    for name in ("faq", "manuals"):
        if name in values:
            values[name] = _paths(name, values[name], path.parent)
    if isinstance(values.get("database_url"), str):
        values["database_url"] = _beside(values["database_url"], path.parent)
    if isinstance(values.get("vectors"), str) and (folder := path.parent / Path(values["vectors"]).expanduser()).is_dir():
        values["vectors"] = str(folder)
    return values


def _paths(name: str, value: Any, folder: Path) -> tuple[Path, ...]:
    """The paths of a list, relative ones from `folder` on."""
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ValueError(f"setting {name} is {value!r}; it must be a list of paths")
    return tuple(folder / Path(path).expanduser() for path in paths)


def _beside(url: str, folder: Path) -> str:
    """`url`, a relative SQLite file counted from `folder` on and not from where a process happens to run."""
    start = "sqlite:///"
    relative = url.startswith(start) and not url.startswith((f"{start}/", f"{start}:"))
    return f"{start}{folder.resolve() / url.removeprefix(start)}" if relative and url != start else url


def _converted(values: dict[str, Any]) -> dict[str, Any]:
    """`values` as the fields want them; an unknown name or a wrong type is refused."""
    defaults = {field.name: field.default for field in dataclasses.fields(Settings)}
    converted: dict[str, Any] = {}
    for name, value in values.items():
        if name not in defaults:
            raise ValueError(f"unknown setting {name!r}; known are {', '.join(sorted(defaults))}")
        wanted = type(defaults[name])
        wanted = Path if issubclass(wanted, Path) else wanted
        try:
            converted[name] = wanted(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"setting {name} is {value!r}; it must be of type {wanted.__name__}") from error
    return converted
