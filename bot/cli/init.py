"""`daedap init FOLDER`: an empty bot of one's own, to be filled with a company's FAQ and manuals."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import typer

TEMPLATE = Path(__file__).resolve().parent.parent / "company_template"
RENAMED = {"gitignore": ".gitignore"}
"""Files that would do something where they lie."""
PLACE = "{name}"
MAX_NAME_CHARACTERS = 60


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("init")(init)


def init(
    folder: Path = typer.Argument(..., help="새 봇을 만들 폴더. 없으면 만들어요."),
    name: str = typer.Option("우리 가게", "--name", help="회사나 가게의 이름."),
) -> None:
    """내 회사의 봇을 새로 만들어요. 설정, 예시 FAQ와 설명서, 첫 대화 시험이 들어 있어요.

    예: daedap init my_shop --name "한강 자전거"
    """
    made = make_company(folder, name)
    typer.echo(f"{folder}에 파일 {len(made)}개를 만들었어요.")
    for path in made:
        typer.echo(f"  {path.as_posix()}")
    typer.echo(f"\nfaq.csv와 manuals/를 내 자료로 바꾸고, 이렇게 시작하세요:\n\n  cd {folder}\n  daedap chat")


def make_company(folder: Path, name: str) -> list[Path]:
    """The files made in `folder`, relative to it; FileExistsError where one is there already, and then none is made."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise ValueError(f"--name {name!r}: 이름은 1~{MAX_NAME_CHARACTERS}자로 적어 주세요.")
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder}: 폴더가 아니라 파일이에요.")
    sources = sorted(path for path in TEMPLATE.rglob("*") if path.is_file())
    targets = [_target(path.relative_to(TEMPLATE)) for path in sources]
    there = [target for target in targets if (folder / target).exists()]
    if there:
        raise FileExistsError(f"{folder}: 이미 있는 파일은 덮어쓰지 않아요: {', '.join(path.as_posix() for path in there)}")
    for source, target in zip(sources, targets):
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text(encoding="utf-8").replace(PLACE, name), encoding="utf-8")
    return targets


def _target(path: Path) -> Path:
    return path.with_name(RENAMED.get(path.name, path.name))
