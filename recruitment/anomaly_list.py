"""Anomalies of an effort for its admins: how many of each kind wait, and the rows of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from recruitment.models import Anomaly, Effort, WorkUnit
from recruitment.rules.anomaly_kinds import KINDS, AnomalyKind

SHORT_ID = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    kind: AnomalyKind
    waiting: int
    settled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSubject:
    """Something an anomaly speaks of, by the name that other pages use; `submission` is its public id if it is one."""

    subject: str
    name: str
    submission: UUID | None


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def in_a_sentence(title: str) -> str:
    return f"{title[:1].lower()}{title[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyLine:
    """An anomaly in words, and the unit of work it is about, where it is about one."""

    anomaly: Anomaly
    titles: Mapping[str, str] = field(default_factory=dict)  # subject of a unit of work -> its name

    @property
    def kind(self) -> AnomalyKind | None:
        """None for a kind that this version does not know."""
        return KINDS.get(self.anomaly.kind)

    @property
    def title(self) -> str:
        return self.kind.title if self.kind else self.anomaly.kind.replace("_", " ").capitalize()

    @property
    def figures(self) -> str:
        details = self.anomaly.details
        if not (self.kind and details):
            return ""
        unit = details.get("unit")
        known = {**details, "unit": in_a_sentence(self.titles[unit])} if unit in self.titles else details
        return self.kind.figures(known)

    @property
    def about(self) -> NamedSubject:
        return self.named(self.subject)

    @property
    def others(self) -> list[NamedSubject]:
        return [self.named(subject) for subject in self.related]

    def named(self, subject: str) -> NamedSubject:
        kind, _, public_id = subject.partition(":")
        plain = f"{kind.capitalize()} {public_id[:SHORT_ID]}" if public_id else subject
        submission = as_uuid(public_id) if kind == "submission" else None
        return NamedSubject(subject=subject, name=self.titles.get(subject, plain), submission=submission)

    @property
    def subject(self) -> str:
        """Without the number of a stamp behind it."""
        return self.anomaly.subject.partition("/")[0]

    @property
    def related(self) -> list[str]:
        """Other units, participants or submissions that belong to it."""
        details = self.anomaly.details
        named = [str(details.get(name)) for name in ("unit", "claimed_by") if details.get(name)]
        listed = [
            f"{kind}:{public_id}"
            for name, kind in (("participants", "participant"), ("submissions", "submission"))
            for public_id in details.get(name, [])
        ]
        others = [*named, *map(str, details.get("same_voice_as", [])), *listed]
        return [other for other in others if other != self.subject]


def lines_of(anomalies: Iterable[Anomaly]) -> list[AnomalyLine]:
    """With the names of the units of work they speak of, in one query."""
    lines = [AnomalyLine(anomaly=anomaly) for anomaly in anomalies]
    named = {name for line in lines for name in (line.subject, *line.related)}
    units = WorkUnit.objects.filter(subject__in=named).values_list("subject", "evidence__title")
    titles = {subject: str(title) for subject, title in units if title}
    return [replace(line, titles=titles) for line in lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyFilter:
    kind: str = ""
    is_settled: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> AnomalyFilter:
        kind = query.get("kind", "")
        return cls(kind=kind if kind in KINDS else "", is_settled=query.get("settled") == "1")


def list_anomalies(effort: Effort, wanted: AnomalyFilter) -> QuerySet[Anomaly]:
    anomalies = effort.anomalies.filter(settled_at__isnull=not wanted.is_settled)
    if wanted.kind:
        anomalies = anomalies.filter(kind=wanted.kind)
    return anomalies.select_related("settled_by", "submission").order_by("-noticed_at", "-pk")


def count_kinds(effort: Effort) -> list[KindCount]:
    """Every kind that was ever noticed here, in the order of the list of kinds."""
    rows = effort.anomalies.values_list("kind").annotate(
        waiting=Count("pk", filter=Q(settled_at__isnull=True)),
        settled=Count("pk", filter=Q(settled_at__isnull=False)),
    )
    found = {kind: (waiting, settled) for kind, waiting, settled in rows}
    return [
        KindCount(kind=kind, waiting=found[name][0], settled=found[name][1])
        for name, kind in KINDS.items()
        if name in found
    ]
