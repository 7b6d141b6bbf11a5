"""What the front counts, in Prometheus' words. Nothing of what customers say stands in it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one front."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.turns = Counter("daedap_turns", "turns by channel and outcome", ["channel", "outcome"], registry=registry)
        self.seconds = Histogram("daedap_stage_seconds", "time by stage", ["stage"], registry=registry, buckets=SECONDS)
        self.decisions = Counter("daedap_decisions", "how the cascade answered", ["kind"], registry=registry)
        self.limited = Counter("daedap_limited", "requests refused as too many", ["by"], registry=registry)
        self.streams = Gauge("daedap_streams", "open event streams of the widget", registry=registry)
        self.waiting = Gauge("daedap_turns_waiting", "turns that wait for the bot to be free", registry=registry)
        self.index = Gauge("daedap_index_info", "1 at the version that is served", ["version"], registry=registry)
        self.ready = Gauge("daedap_ready", "whether a part can answer", ["part"], registry=registry)

    def count_answer(self, answer: dict | None) -> None:
        """Count how the cascade answered and how long it took."""
        if answer and isinstance(answer.get("kind"), str):
            self.decisions.labels(answer["kind"]).inc()
            self.seconds.labels("cascade").observe(float(answer.get("latency_ms") or 0.0) / 1000)

    def page(self) -> bytes:
        return generate_latest(self.registry)
