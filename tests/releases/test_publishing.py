"""From the button to the download."""

import hashlib

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from collection.models import Campaign
from core.errors import ShownToUser
from core.jobs import cancel
from core.models import Job
from core.runner import run_waiting
from core.storage import object_store
from releases.models import Release
from releases.services.publishing import publish_release, request_release
from tests.factories import make_user
from tests.releases.made import make_accepted


@pytest.fixture
def admin(client: Client, campaign: Campaign) -> User:
    user = make_user(role="admin")
    client.force_login(user)
    return user


def press_build(client: Client, *, version: str = "0.1.0", campaign: str = "demo") -> None:
    client.post(reverse("release-new"), {"campaign": campaign, "version": version})


def run_jobs() -> int:
    return run_waiting(worker="test")


def download(client: Client, **headers: str) -> tuple[int, bytes]:
    response = client.get(reverse("release-download", args=["demo", "0.1.0"]), headers=headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body


@pytest.mark.django_db(transaction=True)
def test_the_button_builds_an_archive_that_can_be_downloaded(
    admin: User, client: Client, campaign: Campaign
) -> None:
    recording = make_accepted(campaign=campaign)
    press_build(client)
    assert "Building" in client.get(reverse("release-list")).content.decode()
    assert run_jobs() == 1
    release = Release.objects.get()
    status, archive = download(client)
    assert (status, len(archive)) == (200, release.archive_bytes)
    assert hashlib.sha256(archive).hexdigest() == release.archive_sha256
    assert list(release.recordings.all()) == [recording]


def test_a_download_can_go_on_where_it_broke(admin: User, client: Client, campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    release = publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    whole = download(client)[1]
    status, rest = download(client, range="bytes=1000-")
    assert status == 206
    assert whole[:1000] + rest == whole
    assert len(whole) == release.archive_bytes


def test_building_again_changes_nothing(campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    release = publish_release(release=Release.objects.create(campaign=campaign, version="0.1.0"))
    before = release.archive_sha256
    publish_release(release=release)
    assert Release.objects.get().archive_sha256 == before
    assert len(list(object_store().list("releases/"))) == 1


def test_the_page_says_who_built_what(admin: User, client: Client, campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    press_build(client)
    run_jobs()
    page = client.get(reverse("release-list")).content.decode()
    assert admin.username in page and Release.objects.get().archive_sha256 in page
    assert 'value="0.2.0"' in page
    actions = AuditEntry.objects.filter(subject="release:demo/0.1.0").values_list("action", flat=True)
    assert set(actions) == {"release.request", "release.publish"}


def test_an_empty_page_says_what_to_do(admin: User, client: Client) -> None:
    page = client.get(reverse("release-list")).content.decode()
    assert "No release has been built yet." in page
    assert "No recording has been accepted yet" in page


def test_a_failed_build_says_why_and_can_be_tried_again(
    admin: User, client: Client, campaign: Campaign
) -> None:
    recording = make_accepted(campaign=campaign)
    data = b"".join(object_store().iterate(recording.object_key))
    object_store().delete(recording.object_key)
    press_build(client)
    with pytest.raises(Exception, match="is not in the store"):
        run_jobs()
    assert "is not in the store" in client.get(reverse("release-list")).content.decode()
    object_store().put(key=recording.object_key, data=data, sha256=recording.sha256, content_type="audio/wav")
    client.post(reverse("release-retry", args=["demo", "0.1.0"]))
    run_jobs()
    assert Release.objects.get().is_ready


def test_a_cancelled_build_is_said(admin: User, client: Client, campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    press_build(client)
    cancel(job=Job.objects.get(kind="releases.build"))
    assert "The build was cancelled." in client.get(reverse("release-list")).content.decode()


def test_a_version_is_built_once(campaign: Campaign) -> None:
    make_accepted(campaign=campaign)
    request_release(campaign=campaign, version="0.1.0", requested_by=None)
    with pytest.raises(ShownToUser, match=r"0\.1\.0 of 'Demo' exists already"):
        request_release(campaign=campaign, version="0.1.0", requested_by=None)
    assert Release.objects.count() == 1


@pytest.mark.parametrize(
    ("version", "sentence"), [("one", "is not one"), ("", "version"), ("0.1.0", "No recording")]
)
def test_a_request_that_cannot_work_is_refused_in_a_sentence(
    admin: User, client: Client, version: str, sentence: str
) -> None:
    response = client.post(reverse("release-new"), {"campaign": "demo", "version": version})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Release.objects.exists()


def test_a_release_that_is_not_ready_is_not_served(admin: User, client: Client, campaign: Campaign) -> None:
    release = Release.objects.create(campaign=campaign, version="0.1.0")
    assert download(client)[0] == 409
    Release.objects.filter(pk=release.pk).update(state="retracted")
    assert download(client)[0] == 410


@pytest.mark.parametrize("role", ["reviewer", "researcher"])
def test_other_staff_do_not_know_of_releases(client: Client, campaign: Campaign, role: str) -> None:
    client.force_login(make_user(role=role))
    Release.objects.create(campaign=campaign, version="0.1.0", state="ready")
    assert client.get(reverse("release-list")).status_code == 404
    assert client.post(reverse("release-new"), {"campaign": "demo"}).status_code == 404
    assert client.get(reverse("release-download", args=["demo", "0.1.0"])).status_code == 404
    assert client.post(reverse("release-retry", args=["demo", "0.1.0"])).status_code == 404


def test_anonymous_people_are_sent_to_the_login(client: Client, campaign: Campaign) -> None:
    for response in (client.get(reverse("release-list")), client.post(reverse("release-new"))):
        assert response.status_code == 302
        assert "/login/" in response.headers["Location"]
