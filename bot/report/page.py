"""The report as one HTML file that needs nothing else: figures, plots, tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.report import texts
from bot.report.figures import HOURS, Figures
from bot.report.gaps import Gap
from bot.report.plots import Series, bars

TEMPLATE = Path(__file__).with_name("report.html")
GREEN, YELLOW, RED, BLUE = "#2e8b57", "#e0a800", "#c0392b", "#3867d6"


def page(figures: Figures, gaps: Sequence[Gap]) -> str:
    """The whole document."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(figures=figures, gaps=gaps, texts=texts, plots=[_days(figures), _hours(figures)], facts=facts(figures))


def facts(figures: Figures) -> list[tuple[str, str]]:
    """The first figures anybody wants, each with what it is called."""
    return [
        ("대화", f"{figures.conversations:,}번 (손님 {figures.customers:,}명)"),
        ("질문", f"{figures.questions:,}개"),
        ("답함", texts.percent(figures.answered)),
        ("되물음", texts.percent(figures.clarified)),
        ("답하지 못함", texts.percent(figures.unanswered)),
        ("오류와 중단", texts.percent(figures.failed)),
        ("상담원을 찾은 대화", f"{texts.percent(figures.handed_over_share)} ({figures.handed_over:,}번)"),
        ("상담원이 맡음", f"{figures.taken:,}번, 기다린 시간의 가운데 값 {texts.waited(figures.wait_s)}"),
        ("수리 접수", f"{figures.repairs:,}건"),
        ("평가", f"좋아요 {figures.up:,}, 아쉬워요 {figures.down:,}"),
        ("답까지 걸린 시간", f"가운데 값 {texts.seconds(figures.median_ms)}, 95%는 {texts.seconds(figures.p95_ms)} 안"),
    ]


def _days(figures: Figures) -> dict[str, Any]:
    days = figures.days
    series = [
        Series("답함", GREEN, tuple(day.answered for day in days)),
        Series("되물음", YELLOW, tuple(day.clarified for day in days)),
        Series("답하지 못함", RED, tuple(day.unanswered for day in days)),
    ]
    return _plot("날마다 들어온 질문", [f"{day.day.month}/{day.day.day}" for day in days], series)


def _hours(figures: Figures) -> dict[str, Any]:
    return _plot("시각마다 오간 말", [f"{hour}시" for hour in range(HOURS)], [Series("말", BLUE, figures.hours)])


def _plot(title: str, labels: Sequence[str], series: Sequence[Series]) -> dict[str, Any]:
    return {"title": title, "series": series, "svg": bars(title, labels, series)}
