"""A newer results file that contradicts a decision: one that was handed over gives way, another is kept and noted."""

import pytest

from accounts.models import Role
from recruitment.models import Anomaly, Decision, Effort, ProviderFile
from recruitment.rules.marks import Mark
from recruitment.services.decided_files import export_file
from recruitment.services.decisions import decide
from recruitment.services.provider_files import read_file
from recruitment.services.row_submissions import apply_file
from tests.factories import make_user
from tests.recruitment.results_files import Batch, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("is_handed_over", "state", "rules", "kinds"),
    [
        (True, "rejected", ["by hand", "by the provider"], []),
        (False, "approved", ["by hand"], ["decided_otherwise"]),
    ],
)
def test_a_file_that_rejects_what_was_approved_here(
    is_handed_over: bool, state: str, rules: list[str], kinds: list[str]
) -> None:
    effort, admin = make_csv_effort(), make_user(role=Role.ADMIN)
    batch = Batch(effort)
    batch.lines = [batch.line(make_stamps(effort, 1)[0], Mark.OK)]
    first = applied(effort, batch)
    decide(submission=effort.submissions.get(), verdict="approve", actor=admin)
    if is_handed_over:
        export_file(provider_file=first, actor=admin)
    batch.lines[0].status = "Rejected"
    applied(effort, batch)
    assert effort.submissions.get().state == state
    assert list(Decision.objects.order_by("pk").values_list("rule", flat=True)) == rules
    assert list(Anomaly.objects.values_list("kind", flat=True)) == kinds


def applied(effort: Effort, batch: Batch) -> ProviderFile:
    admin = make_user(role=Role.ADMIN)
    kept, _ = read_file(effort=effort, file_name="b.csv", data=batch.as_csv(), actor=admin)
    apply_file(provider_file=kept, actor=admin)
    return kept
