"""A work stamp proves finished work: minted once, shown always, readable in no table."""

import pytest

from core.errors import Broken
from recruitment.models import WorkStamp, WorkUnit
from recruitment.services.stamps import flag_stamp, mint_stamp, show_stamp, unflag_stamp
from recruitment.services.work_units import record_finished_work
from tests.factories import make_participant

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit() -> WorkUnit:
    return record_finished_work(participant=make_participant(), subject="recording:1", evidence={})


def test_minting_again_gives_the_same_stamp(unit: WorkUnit) -> None:
    assert mint_stamp(work_unit=unit) == mint_stamp(work_unit=unit)
    assert WorkStamp.objects.count() == 1


def test_the_stamp_can_be_shown_again_and_the_table_does_not_tell_it(unit: WorkUnit) -> None:
    code = mint_stamp(work_unit=unit)
    assert show_stamp(stamp=unit.stamp) == code
    unit.stamp.refresh_from_db()
    assert unit.stamp.state == WorkStamp.State.SHOWN
    assert code not in unit.stamp.code_sealed + unit.stamp.code_hmac


def test_unfinished_work_earns_no_stamp() -> None:
    unfinished = WorkUnit.objects.create(participant=make_participant(), subject="recording:2")
    with pytest.raises(Broken):
        mint_stamp(work_unit=unfinished)


def test_the_same_work_is_written_down_once(unit: WorkUnit) -> None:
    again = record_finished_work(participant=unit.participant, subject=unit.subject, evidence={"other": 1})
    assert again == unit
    assert again.evidence == {}


def test_a_flag_leaves_the_stamp_as_valid_as_it_was(unit: WorkUnit) -> None:
    code = mint_stamp(work_unit=unit)
    flag_stamp(work_unit=unit, flag="take_rejected")
    unit.stamp.refresh_from_db()
    assert (unit.stamp.flag, unit.stamp.state) == ("take_rejected", "issued")
    assert show_stamp(stamp=unit.stamp) == code


def test_taking_one_flag_away_leaves_another(unit: WorkUnit) -> None:
    mint_stamp(work_unit=unit)
    flag_stamp(work_unit=unit, flag="other")
    unflag_stamp(work_unit=unit, flag="take_rejected")
    assert WorkStamp.objects.get().flag == "other"
    unflag_stamp(work_unit=unit, flag="other")
    assert WorkStamp.objects.get().flag == ""
