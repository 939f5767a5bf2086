"""An admin brings a results file, chooses its columns, looks at the rows, applies it and gets it back."""

import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role
from recruitment.channels.csv import CsvChannel
from recruitment.forms.csv_settings import CsvSettingsForm
from recruitment.models import Effort, ProviderFile
from recruitment.services.decisions import decide
from recruitment.services.identities import purge_file
from tests.factories import make_campaign, make_user
from tests.recruitment.results_files import Batch, make_csv_effort, make_stamps

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMIN))
    return client


def bring(admin: Client, effort: Effort, data: bytes, name: str = "batch.csv") -> HttpResponse:
    upload = SimpleUploadedFile(name, data, content_type="text/csv")
    return admin.post(reverse("effort-import", args=[effort.pk]), {"file": upload})


def address(name: str, file: ProviderFile) -> str:
    return reverse(name, args=[file.effort_id, file.public_id])


def ask_to_apply(admin: Client, file: ProviderFile) -> HttpResponse:
    """With the tick that a platform with files needs before a file of Mechanical Turk."""
    return admin.post(address("import-apply", file), {"platform_pays_nothing": "1"})


def turk_file(effort: Effort, *answers: str) -> bytes:
    rows = [f"WORKERID{number},ASSIGNMENT{number},{answer}" for number, answer in enumerate(answers)]
    return "\n".join(["WorkerId,AssignmentId,Answer.surveycode", *rows, ""]).encode()


def test_a_file_is_checked_applied_decided_and_exported(admin: Client) -> None:
    effort = make_csv_effort()
    good, other = make_stamps(effort, 2)
    brought = bring(admin, effort, turk_file(effort, good, other, other))
    file = ProviderFile.objects.get()
    assert brought["Location"] == address("import-file", file)
    page = admin.get(address("import-file", file)).content.decode()
    assert "WO…D0" in page and page.count("Give it to this person") == 2
    ask_to_apply(admin, file)
    decide(submission=effort.submissions.order_by("pk")[0], verdict="approve", actor=None)
    exported = admin.post(address("import-export", file))
    assert exported["Content-Disposition"] == 'attachment; filename="batch-decided.csv"'
    assert exported.content.splitlines()[1] == f"WORKERID0,ASSIGNMENT0,{good},X,".encode()


def test_a_bad_file_is_refused_with_its_line_beside_the_field(admin: Client) -> None:
    effort = make_csv_effort()
    refused = bring(admin, effort, b"WorkerId,AssignmentId\nW1,A1\nW2,A2,A3\n")
    assert refused.status_code == 422
    assert "Line 3 has 3 cells, but the header has 2." in refused.content.decode()
    assert not ProviderFile.objects.exists()


def test_no_file_or_one_too_large_is_said_to_be_so(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    effort = make_csv_effort()
    nothing = admin.post(reverse("effort-import", args=[effort.pk]))
    monkeypatch.setattr("recruitment.upload_handlers.MAX_FILE_BYTES", -100_000)
    too_large = bring(admin, effort, turk_file(effort, "x"))
    for answer in (nothing, too_large):
        assert answer.status_code == 422
        assert "Please choose the results file, with at most 20 MiB." in answer.content.decode()


def test_a_large_upload_never_touches_the_disk(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("written to a temporary folder")

    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", refuse)
    effort = make_csv_effort()
    data = turk_file(effort, *["x" * 4_000] * 1_000)
    assert len(data) > 3_000_000
    assert bring(admin, effort, data).status_code == 302


def test_an_upload_without_the_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(role=Role.ADMIN))
    effort = make_csv_effort()
    assert bring(strict, effort, turk_file(effort, "x")).status_code == 403
    assert not ProviderFile.objects.exists()


def test_columns_are_asked_once_and_remembered(admin: Client) -> None:
    effort = make_csv_effort()
    (code,) = make_stamps(effort, 1)
    bring(admin, effort, f"pid,task,said\nP1,T1,{code}\n".encode())
    file = ProviderFile.objects.get()
    assert admin.get(address("import-file", file))["Location"] == address("import-columns", file)
    missing = admin.post(address("import-columns", file), {"person": "pid", "submission": "task"})
    assert missing.status_code == 422
    assert "Please choose the column of the code." in missing.content.decode()
    names = {"person": "pid", "submission": "task", "code": "said"}
    assert admin.post(address("import-columns", file), names).status_code == 302
    bring(admin, effort, f"pid,task,said\nP2,T2,{code}\n".encode())
    second = ProviderFile.objects.latest("pk")
    assert admin.get(address("import-file", second)).status_code == 200


def test_rows_are_filtered_by_mark_and_paged(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, *[""] * 60, *make_stamps(effort, 1)))
    file = ProviderFile.objects.get()
    second = admin.get(address("import-file", file), {"mark": "empty", "page": "2"}).content.decode()
    assert "Page 2 of 2" in second and "WO…59" in second
    good = admin.get(address("import-file", file), {"mark": "ok"}).content.decode()
    assert good.count("<details>") == 1 and "Page" not in good
    strange = admin.get(address("import-file", file), {"mark": "<b>", "page": "x"}).content.decode()
    assert "Page 1 of 2" in strange


def test_a_stamp_is_given_and_the_same_page_comes_back(admin: Client) -> None:
    effort = make_csv_effort()
    code = make_stamps(effort, 1)[0]
    bring(admin, effort, turk_file(effort, code[1:]))
    file = ProviderFile.objects.get()
    sent = {"line": "2", "confirmed": "1", "page": "1", "mark": "mistyped"}
    answer = admin.post(address("import-confirm", file), sent)
    assert answer["Location"] == address("import-file", file) + "?page=1&mark=mistyped"
    assert "Given to this person" in admin.get(address("import-file", file)).content.decode()


def test_undone_it_can_be_deleted(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, *make_stamps(effort, 1)))
    file = ProviderFile.objects.get()
    ask_to_apply(admin, file)
    assert admin.post(address("import-discard", file)).status_code == 409
    admin.post(address("import-undo", file))
    assert not effort.submissions.exists()
    assert admin.post(address("import-discard", file)).status_code == 302
    assert not ProviderFile.objects.exists()


def test_a_purged_file_still_says_what_was_found(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, "", ""))
    file = ProviderFile.objects.get()
    ask_to_apply(admin, file)
    purge_file(provider_file=file)
    page = admin.get(address("import-file", file)).content.decode()
    assert "were deleted on" in page and "2 rows" in page
    assert admin.post(address("import-export", file)).status_code == 410


def test_no_log_names_anybody(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    effort = make_csv_effort()
    with caplog.at_level(logging.DEBUG):
        batch = Batch(effort, seed=13).fill(rows=40)
        bring(admin, effort, batch.as_csv())
        file = ProviderFile.objects.get()
        ask_to_apply(admin, file)
        admin.post(address("import-export", file))
    assert not [line.worker for line in batch.lines if line.worker and line.worker in caplog.text]


def test_a_link_names_people_only_by_the_parameters_of_the_settings() -> None:
    effort, channel = make_csv_effort(), CsvChannel()
    assert channel.enter(effort=effort, parameters={"pid": "P1"}) is None
    effort.channel_settings = {"worker_parameter": "pid", "submission_parameter": "sid"}
    arrival = channel.enter(effort=effort, parameters={"pid": " P1 ", "sid": "S1"})
    assert arrival is not None and (arrival.worker_id, arrival.reference) == ("P1", "S1")
    alone = channel.enter(effort=effort, parameters={"pid": "P1"})
    assert alone is not None and alone.reference == "P1"


def test_a_parameter_for_the_submission_alone_is_refused() -> None:
    form = CsvSettingsForm({"channel-submission_parameter": "sid"})
    assert not form.is_valid()
    assert "worker_parameter" in form.errors
    assert CsvSettingsForm({"channel-worker_parameter": "pid"}).is_valid()


def test_all_mistyped_stamps_are_given_at_once(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, *[code[1:] for code in make_stamps(effort, 3)], ""))
    file = ProviderFile.objects.get()
    admin.post(address("import-confirm", file), {"line": "mistyped"})
    ask_to_apply(admin, file)
    file.refresh_from_db()
    assert [found["claimed"] for found in file.findings] == [1, 1, 1, 0]


def test_states_and_times_that_are_not_understood_are_said(admin: Client) -> None:
    effort = make_csv_effort()
    header = "WorkerId,AssignmentId,Answer.surveycode,AssignmentStatus,SubmitTime\n"
    bring(admin, effort, f"{header}W1,A1,x,Submitted,2026-11-12\nW2,A2,x,Sleeping,01/02/2026\n".encode())
    page = admin.get(address("import-file", ProviderFile.objects.get())).content.decode()
    assert "Line 3: the state, such as &#x27;Sleeping&#x27;, is not known here" in page
    assert "Line 3: the time, such as &#x27;01/02/2026&#x27;, cannot be read" in page


def test_the_list_of_files_says_what_waits_in_few_queries(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    effort = make_csv_effort()
    for number in range(6):
        bring(admin, effort, turk_file(effort, f"{number}").replace(b"ASSIGNMENT0", b"A%d" % number))
    for file in ProviderFile.objects.all()[:4]:
        ask_to_apply(admin, file)
    for submission in effort.submissions.all()[:2]:
        decide(submission=submission, verdict="approve", actor=None)
    with django_assert_max_num_queries(10):
        page = admin.get(reverse("effort-import", args=[effort.pk])).content.decode()
    assert [page.count(f">{state}</span>") for state in ("Decisions to export", "Applied", "Waits")] == [
        2,
        2,
        2,
    ]


def test_a_file_is_not_offered_to_be_undone_once_it_was_exported(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, *make_stamps(effort, 1)))
    file = ProviderFile.objects.get()
    ask_to_apply(admin, file)
    assert "Undo this file" in admin.get(address("import-file", file)).content.decode()
    decide(submission=effort.submissions.get(), verdict="approve", actor=None)
    assert "Undo this file" in admin.get(address("import-file", file)).content.decode()
    admin.post(address("import-export", file))
    page = admin.get(address("import-file", file)).content.decode()
    assert "Undo this file" not in page and "1 decision was exported or sent" in page


def test_only_a_platform_with_files_names_a_parameter(admin: Client) -> None:
    said = []
    for channel in ("csv", "mturk"):
        effort = make_campaign(effort=make_csv_effort()).effort
        effort.channel = channel
        effort.save(update_fields=["channel"])
        page = admin.get(reverse("effort-import", args=[effort.pk])).content.decode()
        said.append("name its parameter under Settings" in page)
    assert said == [True, False]


def test_a_file_of_mechanical_turk_is_applied_elsewhere_only_where_it_does_not_pay(admin: Client) -> None:
    effort = make_csv_effort()
    bring(admin, effort, turk_file(effort, *make_stamps(effort, 1)))
    file = ProviderFile.objects.get()
    assert "which pays the reward itself" in admin.get(address("import-file", file)).content.decode()
    refused = admin.post(address("import-apply", file))
    assert refused.status_code == 409 and not effort.submissions.exists()
    ask_to_apply(admin, file)
    assert effort.submissions.count() == 1


def test_the_channel_of_mechanical_turk_takes_its_files_without_a_question(admin: Client) -> None:
    effort = make_csv_effort()
    effort.channel = "mturk"
    effort.save(update_fields=["channel"])
    bring(admin, effort, turk_file(effort, *make_stamps(effort, 1)))
    file = ProviderFile.objects.get()
    assert "which pays the reward itself" not in admin.get(address("import-file", file)).content.decode()
    admin.post(address("import-apply", file))
    assert effort.submissions.count() == 1


def test_what_an_admin_gave_is_still_said_after_applying_and_beside_the_submission(admin: Client) -> None:
    effort = make_csv_effort()
    code = make_stamps(effort, 1)[0]
    bring(admin, effort, turk_file(effort, code[1:], "no idea"))
    file = ProviderFile.objects.get()
    admin.post(address("import-confirm", file), {"line": "2", "confirmed": "1"})
    ask_to_apply(admin, file)
    rows = admin.get(address("import-file", file)).content.decode()
    given, doubtful = effort.submissions.order_by("pk")
    assert f": {code}." in rows and "Given by " in rows and ">Mistyped</span>" in rows
    assert f"Submission {str(given.public_id)[:8]}" in rows
    desk = admin.get(reverse("effort-submission", args=[effort.pk, doubtful.public_id])).content.decode()
    assert "batch.csv, line 3" in desk and "The answer holds no stamp." in desk
    assert f"{address('import-file', file)}?line=3#line-3" in desk and "WORKERID1" not in desk
    assert code not in str(ProviderFile.objects.get().findings)
