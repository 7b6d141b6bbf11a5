"""`daedap retention`: what is older than the company wants to keep."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("retention")(retention)


def retention(
    dry_run: bool = typer.Option(False, "--dry-run", help="무엇이 지워지는지 보기만 해요."),
    as_json: bool = typer.Option(False, "--json", help="JSON 문서 하나로 출력해요."),
) -> None:
    """설정(daedap.toml의 storage 표)보다 오래된 대화를 지금 지워요. 봇이 켜져 있으면 하루에 한 번 저절로 지워요.

    예: daedap retention --dry-run
    """
    from bot.cli.forget import PLACES
    from bot.cli.output import print_json
    from bot.settings import Settings
    from bot.storage.config import StorageConfig
    from bot.storage.retention import sweep

    config = StorageConfig.load()
    found = sweep(Settings.load().database_url, config, dry_run=dry_run)
    if as_json:
        print_json({"keep_days": config.keep_days, "keep_requests_days": config.keep_requests_days, "deleted": found})
        return
    kept = f"{config.keep_days:,}일" if config.keep_days else "계속"
    typer.echo(f"대화는 {kept} 보관해요. (daedap.toml의 [storage] keep_days)")
    told = [f"{PLACES.get(name, name)} {count:,}건" for name, count in found.items() if count]
    ending = "지워질 거예요." if dry_run else "지웠어요."
    typer.echo(f"{', '.join(told)}: {ending}" if told else "지울 것이 없어요.")
