"""An address with a NUL character is refused before it reaches a database that cannot hold one."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/review/?flag=%00", "/c/%00/", "/?q=a%00b"])
def test_a_nul_in_an_address_is_a_sentence(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "NUL character" in answer.content.decode()
