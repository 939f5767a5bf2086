"""Results files made for tests: a seeded batch of Mechanical Turk in which every row's true mark is known."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from recruitment.codes import ALPHABET, generate_code
from recruitment.models import Effort, Participant, Submission, WorkStamp, WorkUnit
from recruitment.rules.marks import Mark
from recruitment.sealing import keyed_digest, seal
from recruitment.services.stamps import STAMP_CODE
from tests.factories import make_effort

HEADER = [
    "HITId",
    "HITTypeId",
    "Title",
    "Reward",
    "AssignmentId",
    "WorkerId",
    "AssignmentStatus",
    "SubmitTime",
    "AutoApprovalTime",
    "WorkTimeInSeconds",
    "Input.link",
    "Answer.comments",
    "Answer.surveycode",
    "Approve",
    "Reject",
]
COMMENTS = [
    "",
    "all fine",
    'she said "hello", and left',
    "two\r\nlines",
    "=1+1",
    "+49 30 1234",
    "comma, semicolon; tab\tend",
    '"',
    " spaces ",
    "naïve café",
]


def make_csv_effort() -> Effort:
    """An effort whose platform is spoken to by files alone."""
    effort = make_effort()
    effort.channel = "csv"
    effort.save(update_fields=["channel"])
    return effort


def make_stamps(effort: Effort, count: int, **fields: object) -> list[str]:
    """Codes of that many finished pieces of work, each of a participant of their own."""
    people = Participant.objects.bulk_create(
        Participant(effort=effort, withdrawal_code_hmac=uuid.uuid4().hex, withdrawal_code_sealed="")
        for _ in range(count)
    )
    units = WorkUnit.objects.bulk_create(
        WorkUnit(participant=person, subject=f"recording:{uuid.uuid4()}", state=WorkUnit.State.DONE)
        for person in people
    )
    codes = [generate_code() for _ in units]
    WorkStamp.objects.bulk_create(
        WorkStamp(
            work_unit=unit,
            code_hmac=keyed_digest(code=code, purpose=STAMP_CODE),
            code_sealed=seal(code),
            **fields,
        )
        for unit, code in zip(units, codes, strict=True)
    )
    return codes


@dataclass
class Line:
    worker: str
    assignment: str
    answer: str
    mark: Mark
    status: str = "Submitted"


@dataclass
class Batch:
    """Rows with their truth, written the way different programs would have written them."""

    effort: Effort
    seed: int = 1
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.other_effort = make_effort()
        self.pools: dict[int, list[str]] = {}

    def fill(self, *, rows: int) -> Batch:
        """Nine of twenty rows have nothing wrong; every fault has its share."""
        faults: list[Callable[[], list[Line]]] = [
            self.reused, self.shared, self.mistyped, self.mistyped, self.elsewhere, self.empty, self.unknown,
            self.two_workers, self.worker_twice, self.take_rejected, self.reused_in_file,
            self.incomplete, self.returned,
        ]  # fmt: skip
        groups: list[list[Line]] = []
        while sum(map(len, groups)) < rows:
            groups.append(self.ok() if self.random.random() < 0.5 else self.random.choice(faults)())
        self.random.shuffle(groups)
        self.lines = [line for group in groups for line in group]
        return self

    def line(self, answer: str, mark: Mark, *, worker: str = "", assignment: str = "") -> Line:
        worker = worker or f"A{self.random.getrandbits(64):X}"
        assignment = assignment or f"3{self.random.getrandbits(128):X}"
        return Line(worker=worker, assignment=assignment, answer=answer, mark=mark)

    def stamp(self, *, effort: Effort | None = None, **fields: object) -> str:
        effort = effort or self.effort
        if not self.pools.get(effort.pk):
            self.pools[effort.pk] = make_stamps(effort, 200)
        code = self.pools[effort.pk].pop()
        if fields:
            digest = keyed_digest(code=code, purpose=STAMP_CODE)
            WorkStamp.objects.filter(code_hmac=digest).update(**fields)
        return code

    def ok(self) -> list[Line]:
        return [self.line(self.as_typed(self.stamp()), Mark.OK)]

    def reused(self) -> list[Line]:
        earlier = Submission.objects.create(effort=self.effort, reference_digest=uuid.uuid4().hex)
        used = {"state": WorkStamp.State.CLAIMED, "claimed_by": earlier, "claimed_at": timezone.now()}
        return [self.line(self.as_typed(self.stamp(**used)), Mark.REUSED)]

    def reused_in_file(self) -> list[Line]:
        code = self.stamp()
        first = self.line(self.as_typed(code), Mark.OK)
        return [first, self.line(self.as_typed(code), Mark.REUSED, worker=first.worker)]

    def shared(self) -> list[Line]:
        code = self.stamp()
        return [self.line(self.as_typed(code), Mark.SHARED) for _ in range(self.random.choice([2, 2, 3]))]

    def mistyped(self) -> list[Line]:
        return [self.line(self.with_a_slip(self.stamp()), Mark.MISTYPED)]

    def elsewhere(self) -> list[Line]:
        return [self.line(self.as_typed(self.stamp(effort=self.other_effort)), Mark.ELSEWHERE)]

    def empty(self) -> list[Line]:
        return [self.line(self.random.choice(["", "", "  ", '""']), Mark.EMPTY)]

    def unknown(self) -> list[Line]:
        made_up = ["none", "I finished it", "1234", "asdfghjkl", "A1B2-C3D4", self.as_typed(generate_code())]
        return [self.line(self.random.choice(made_up), Mark.UNKNOWN)]

    def two_workers(self) -> list[Line]:
        first = self.line(self.as_typed(self.stamp()), Mark.TWO_WORKERS)
        answer = self.as_typed(self.stamp())
        return [first, self.line(answer, Mark.TWO_WORKERS, assignment=first.assignment)]

    def worker_twice(self) -> list[Line]:
        first = self.line(self.as_typed(self.stamp()), Mark.OK)
        return [first, self.line(self.as_typed(self.stamp()), Mark.WORKER_TWICE, worker=first.worker)]

    def take_rejected(self) -> list[Line]:
        return [self.line(self.as_typed(self.stamp(flag="take_rejected")), Mark.TAKE_REJECTED)]

    def incomplete(self) -> list[Line]:
        line = self.line(self.as_typed(self.stamp()), Mark.INCOMPLETE)
        blank = self.random.choice(["worker", "assignment"])
        setattr(line, blank, "")
        return [line]

    def returned(self) -> list[Line]:
        line = self.line("", Mark.RETURNED)
        line.status = "Abandoned"
        return [line]

    def as_typed(self, code: str) -> str:
        """The same stamp as people copy it: case, blanks, look-alikes, words around it."""
        forms = [
            code,
            code,
            code.lower(),
            code.replace("-", ""),
            code.replace("-", " "),
            f"  {code}\t",
            f"my code is {code}, thanks",
            f"code:\r\n{code}",
            code.replace("0", "O").replace("1", "l"),
            f'"{code}"',
            code.replace("-", "–"),
        ]
        return self.random.choice(forms)

    def with_a_slip(self, code: str) -> str:
        """A wrong symbol, two swapped, one too few or one too many: never a whole code by chance."""
        symbols = list(code.replace("-", ""))
        place = self.random.randrange(16)
        slip = self.random.choice(["other", "swap", "less", "more"])
        if slip == "swap" and symbols[place] != symbols[place + 1]:
            symbols[place], symbols[place + 1] = symbols[place + 1], symbols[place]
        elif slip == "less":
            del symbols[place]
        elif slip == "more":
            symbols.insert(place, self.random.choice(ALPHABET))
        else:
            symbols[place] = self.random.choice([other for other in ALPHABET if other != symbols[place]])
        text = "".join(symbols)
        if self.random.random() < 0.7:
            text = "-".join(text[start : start + 4] for start in range(0, len(text), 4))
        return text if self.random.random() < 0.5 else text.lower()

    def as_csv(self, *, encoding: str = "utf-8", separator: str = ",", quotes_all: bool = False) -> bytes:
        table = [self.write_row(HEADER, separator, quotes_all=quotes_all)]
        for line in self.lines:
            table.append(self.write_row(self.cells(line), separator, quotes_all=quotes_all))
            if self.random.random() < 0.01:
                table.append(self.random.choice(["", separator * 3, '""']))
        return "".join(f"{row}\r\n" for row in table).encode(encoding)

    def cells(self, line: Line) -> list[str]:
        cells = [
            "3HITA",
            "3TYPE",
            "Read, together",
            "$1.00",
            line.assignment,
            line.worker,
            line.status,
            "Thu Nov 12 10:11:12 PST 2026",
            "Sat Dec 12 10:11:12 PST 2026",
            str(self.random.randrange(60, 900)),
            "https://example.org/?a=1,2",
            self.random.choice(COMMENTS),
            line.answer,
        ]
        return cells + ["", ""] * (self.random.random() < 0.5)

    def write_row(self, cells: list[str], separator: str, *, quotes_all: bool) -> str:
        def written(cell: str) -> str:
            if quotes_all or any(sign in cell for sign in f'{separator}"\r\n') or self.random.random() < 0.1:
                return '"' + cell.replace('"', '""') + '"'
            return cell

        return separator.join(map(written, cells))
