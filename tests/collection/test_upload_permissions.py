"""A take belongs to the browser session that entered; everybody else learns nothing."""

import pytest
from django.test import Client

from collection.models import Upload
from tests.collection.recorder import ROUTES, Recorder
from tests.factories import make_user, make_wav

pytestmark = pytest.mark.django_db


def test_another_session_gets_404_at_every_route() -> None:
    owner, stranger = Recorder(), Recorder()
    announcement = owner.announcement(make_wav()) | owner.read_sentences()
    owner.begin(announcement)
    client_uuid = announcement["client_uuid"]
    answers = [
        stranger.begin(announcement),
        stranger.put(client_uuid, b"x"),
        stranger.complete(client_uuid),
        stranger.show(client_uuid),
    ]
    assert {(answer.status_code, answer.json()["final"]) for answer in answers} == {(404, False)}
    assert Upload.objects.get().state == "pending"


def test_an_unknown_take_and_a_foreign_one_look_the_same() -> None:
    owner, stranger = Recorder(), Recorder()
    announcement = owner.announcement(make_wav())
    owner.begin(announcement)
    unknown = "00000000-0000-4000-8000-000000000000"
    assert stranger.show(announcement["client_uuid"]).json() == stranger.show(unknown).json()


def test_staff_do_not_see_takes_through_the_recorders_door() -> None:
    owner = Recorder()
    announcement = owner.announcement(make_wav())
    owner.begin(announcement)
    staff = Client()
    staff.force_login(make_user(role="admin"))
    assert staff.get(ROUTES["show"].format(client_uuid=announcement["client_uuid"])).status_code == 404


def test_another_site_cannot_send_through_this_browser() -> None:
    recorder = Recorder()
    announcement = recorder.announcement(make_wav()) | recorder.read_sentences()
    recorder.client.handler.enforce_csrf_checks = True
    assert recorder.begin(announcement).status_code == 403
    assert recorder.put(announcement["client_uuid"], b"x").status_code == 403
    assert recorder.complete(announcement["client_uuid"]).status_code == 403
    assert not Upload.objects.exists()


def test_the_csrf_token_of_our_own_page_lets_the_take_in() -> None:
    recorder = Recorder()
    recorder.client.handler.enforce_csrf_checks = True
    token = "a" * 32
    recorder.client.cookies["csrftoken"] = token
    recorder.client.defaults["HTTP_X_CSRFTOKEN"] = token
    assert recorder.send(make_wav()).status_code == 200
