"""What goes wrong at Mechanical Turk is sorted by who has to act, and names nobody."""

import traceback
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from core.errors import Broken, RetryLater, ShownToUser
from recruitment.channels.mturk_api import MturkApi, mturk_api
from tests.recruitment.turk import ASSIGNMENT

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE")


def api_and_stub() -> tuple[MturkApi, Stubber]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    stub = Stubber(boto3.client("mturk", region_name="us-east-1", **keys))
    stub.activate()
    return MturkApi(stub.client), stub


@pytest.mark.parametrize(
    ("code", "status", "family"),
    [
        ("ThrottlingException", 400, RetryLater),
        ("RequestLimitExceeded", 400, RetryLater),
        ("ServiceFault", 500, RetryLater),
        ("Unknown", 503, RetryLater),
        ("AccessDeniedException", 400, ShownToUser),
        ("UnrecognizedClientException", 400, ShownToUser),
        ("InvalidSignatureException", 403, ShownToUser),
        ("RequestError", 400, ShownToUser),
    ],
)
def test_each_error_says_who_acts(code: str, status: int, family: type[Exception]) -> None:
    api, stub = api_and_stub()
    stub.add_client_error("get_account_balance", code, "no", http_status_code=status)
    with pytest.raises(family):
        api.balance()


def test_keys_that_are_not_accepted_are_named_with_the_remedy() -> None:
    api, stub = api_and_stub()
    stub.add_client_error("get_account_balance", "AccessDeniedException", "no", http_status_code=400)
    with pytest.raises(ShownToUser, match="REALM_MTURK_ENDPOINT") as refusal:
        api.balance()
    assert refusal.value.code == "provider_keys"


def test_without_keys_a_sentence_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(ShownToUser, match="AWS_ACCESS_KEY_ID") as refusal:
        mturk_api()
    assert refusal.value.code == "provider_keys"


def test_the_endpoint_and_the_bounds_are_those_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.MTURK_ENDPOINT = "https://compatible.example"
    client = mturk_api()._client
    assert client.meta.endpoint_url == "https://compatible.example"
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 20)
    assert config.retries["total_max_attempts"] == 3


def test_a_marketplace_that_cannot_be_reached_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = api_and_stub()

    def refuse(*_arguments: object, **_options: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://compatible.example")

    monkeypatch.setattr(api._client, "_make_api_call", refuse)
    with pytest.raises(RetryLater, match="EndpointConnectionError"):
        api.balance()


def test_an_error_carries_no_id_into_a_log() -> None:
    api, stub = api_and_stub()
    said = f"The assignment {ASSIGNMENT} does not exist."
    stub.add_client_error("get_assignment", "RequestError", said, http_status_code=400)
    with pytest.raises(ShownToUser) as refusal:
        api.assignment(assignment_id=ASSIGNMENT)
    assert ASSIGNMENT not in "".join(traceback.format_exception(refusal.value))


def test_a_value_of_the_wrong_form_never_leaves_the_house() -> None:
    api, stub = api_and_stub()
    stub.deactivate()
    with pytest.raises(Broken) as refusal:
        api.assignment(assignment_id="")
    assert "form" in str(refusal.value)
