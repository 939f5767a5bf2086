"""A stored take is separated and estimated once, whole, and never after its people withdrew."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from collection.models import Recording
from core.errors import Broken
from core.models import Job, JobState
from core.runner import run_waiting
from core.storage import MissingObject, ObjectStore
from evaluation.registry.models import ModelBundle
from evaluation.registry.services.bundles import register_bundle
from evaluation.runs.inference import SeparatedFiles
from evaluation.runs.models import QualityEstimate, Separation, Stem
from evaluation.runs.services.requests import pull
from evaluation.runs.services.separations import separate_recording
from evaluation.runs.tasks import separate
from modeling.bundles import SHIPPED_FOLDER
from recruitment.models import Participant
from tests.evaluation.conftest import FakeModels
from tests.factories import make_recording

pytestmark = pytest.mark.django_db


def withdraw(recording: Recording) -> None:
    Participant.objects.filter(participation=recording.participation_id).update(withdrawn_at=timezone.now())


def run_all() -> None:
    for _ in range(10):
        if not (pull() or run_waiting(worker="test")):
            return
    raise AssertionError("the pull asks again and again")


def test_a_take_becomes_stems_with_pictures_and_estimates(models: FakeModels, store: ObjectStore) -> None:
    recording = make_recording()
    run_all()
    stems = Stem.objects.filter(separation__recording=recording)
    assert [stem.source_number for stem in stems] == [1, 2]
    for stem in stems:
        flac, picture = store.head(stem.object_key), store.head(stem.spectrogram_key)
        assert flac and flac.byte_length == stem.byte_length
        assert picture and picture.byte_length == stem.spectrogram_bytes
        assert stem.frames == recording.frames and len(stem.peaks["low"]) == 1000
    assert sorted(QualityEstimate.objects.values_list("si_snr_db", flat=True)) == [5.1, 7.3]


def test_an_estimate_is_kept_with_all_its_figures(models: FakeModels) -> None:
    dry = {"si_snr_db": [7.0, 4.0], "low_db": [5.0, 2.0], "high_db": [9.0, 6.0]}
    models.figures = {"low_db": [5.9, 3.0], "high_db": [10.2, 7.0], "si_snr_improvement_db": [6.0, 4.5]}
    models.figures |= {"out_of_domain": [0.4, 1.2], "conventions": {"dry": dry}}
    make_recording()
    run_all()
    first, second = QualityEstimate.objects.order_by("stem__source_number")
    assert (first.low_db, first.high_db, first.improvement_db) == (5.9, 10.2, 6.0)
    assert (first.convention, first.out_of_domain, first.abstains) == ("reverberant", 0.4, False)
    assert second.other_conventions["dry"] == {
        "si_snr_db": 4.0, "low_db": 2.0, "high_db": 6.0, "improvement_db": None
    }  # fmt: skip
    assert second.abstains


def test_an_estimator_that_gives_a_median_only_leaves_the_other_columns_empty(models: FakeModels) -> None:
    make_recording()
    run_all()
    estimate = QualityEstimate.objects.earliest("pk")
    assert (estimate.low_db, estimate.high_db, estimate.improvement_db) == (None, None, None)
    assert estimate.out_of_domain is None and not estimate.abstains and estimate.other_conventions == {}


def test_running_everything_twice_changes_nothing(models: FakeModels) -> None:
    make_recording()
    run_all()
    before = [list(table.objects.values()) for table in (Separation, Stem, QualityEstimate)]
    Job.objects.work().update(state=JobState.QUEUED, finished_at=None)
    run_all()
    assert [list(table.objects.values()) for table in (Separation, Stem, QualityEstimate)] == before
    assert models.asked == ["separate", "estimate"]


def test_a_worker_that_dies_before_the_mark_leaves_nothing_double(models: FakeModels) -> None:
    recording = make_recording()
    separator = ModelBundle.objects.get(kind="separator")
    separate_recording(recording=recording, bundle=separator)
    run_all()
    assert Separation.objects.count() == 1 and Stem.objects.count() == 2
    assert QualityEstimate.objects.count() == 2


def test_the_pull_asks_once_and_leaves_the_quarantined_alone(models: FakeModels) -> None:
    make_recording()
    assert pull() == 1
    assert pull() == 0
    Job.objects.work().update(state=JobState.QUARANTINED)
    assert pull() == 0


def test_the_pull_asks_again_where_a_finished_job_lost_its_result(models: FakeModels) -> None:
    make_recording()
    run_all()
    QualityEstimate.objects.all().delete()
    Stem.objects.all().delete()
    Separation.objects.all().delete()
    run_all()
    assert Separation.objects.count() == 1 and QualityEstimate.objects.count() == 2


def test_a_new_default_separator_makes_the_pull_ask_for_every_take(
    models: FakeModels, bundle_folder: Any
) -> None:
    make_recording()
    run_all()
    newer = register_bundle(path=bundle_folder / "other-separator")
    models.digests[newer.folder] = newer.digest
    run_all()
    assert set(Separation.objects.values_list("bundle", flat=True)) == {
        newer.pk,
        ModelBundle.objects.get(kind="separator", is_default=False).pk,
    }


def test_takes_wait_quietly_while_no_model_is_registered(db: None) -> None:
    make_recording()
    assert pull() == 0
    assert not Job.objects.work().exists()


def test_a_withdrawn_take_is_neither_pulled_nor_run(models: FakeModels) -> None:
    pulled, kept_out = make_recording(), make_recording()
    withdraw(kept_out)
    assert pull() == 1
    withdraw(pulled)
    run_all()
    assert models.asked == [] and not Separation.objects.exists()


def test_people_who_withdraw_while_the_model_works_leave_no_stem_behind(
    models: FakeModels, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = make_recording()
    separate = models.separate

    def withdraw_meanwhile(**request: Any) -> SeparatedFiles:
        withdraw(recording)
        return separate(**request)

    monkeypatch.setattr(models, "separate", withdraw_meanwhile)
    run_all()
    assert not Separation.objects.exists()
    assert list(store.list("stems/")) == []


def test_a_folder_that_holds_another_model_is_not_believed(models: FakeModels) -> None:
    recording = make_recording()
    separator = ModelBundle.objects.get(kind="separator")
    models.digests[separator.folder] = "0" * 64
    with pytest.raises(Broken, match="holds another model now"):
        separate_recording(recording=recording, bundle=separator)
    assert not Separation.objects.exists()


@pytest.mark.parametrize("answer", [[7.3], [7.3, float("nan")]])
def test_an_estimator_must_give_one_finite_number_for_each_stem(
    models: FakeModels, answer: list[float]
) -> None:
    make_recording()
    models.si_snr_db = answer
    pull()
    with pytest.raises(Broken, match="one finite number"):
        run_waiting(worker="test")
    assert Separation.objects.count() == 1 and not QualityEstimate.objects.exists()


def test_the_real_process_separates_and_estimates_a_stored_take(
    separator: ModelBundle, estimator: ModelBundle, real_models: None
) -> None:
    recording = make_recording()
    run_all()
    separation = Separation.objects.get(recording=recording)
    assert separation.bundle == separator and separation.compute_s > 0
    assert {stem.sample_rate_hz for stem in separation.stems.all()} == {8000}
    estimates = QualityEstimate.objects.filter(bundle=estimator, convention=estimator.target_convention)
    assert [estimate.low_db for estimate in estimates] == [None, None]


def test_the_shipped_estimator_says_all_there_is_to_keep(separator: ModelBundle, real_models: None) -> None:
    shipped = register_bundle(path=SHIPPED_FOLDER / "quality-estimator-8k")
    make_recording()
    run_all()
    first, second = QualityEstimate.objects.filter(bundle=shipped, convention="reverberant")
    for estimate in (first, second):
        assert None not in (estimate.low_db, estimate.high_db, estimate.improvement_db)
        assert estimate.out_of_domain is not None and set(estimate.other_conventions) == {"dry", "early"}


@pytest.mark.parametrize("ends", [{"low_db": 1.0}, {"high_db": 9.0}, {"low_db": 9.0, "high_db": 1.0}])
def test_the_database_refuses_half_an_interval(models: FakeModels, ends: dict[str, float]) -> None:
    make_recording()
    run_all()
    with pytest.raises(IntegrityError, match="quality_estimate_whole_interval"):
        QualityEstimate.objects.update(**ends)


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_take_gone_from_the_store_is_a_failure_unless_it_was_erased_meanwhile(
    models: FakeModels, store: ObjectStore, monkeypatch: pytest.MonkeyPatch, is_erased: bool
) -> None:
    recording = make_recording()

    def erase(self: ObjectStore, key: str, path: object) -> None:
        if is_erased:
            Participant.objects.update(withdrawn_at=timezone.now())
        raise MissingObject(key)

    monkeypatch.setattr(type(store), "download_to", erase)
    bundle = ModelBundle.objects.get(kind="separator", is_default=True)
    payload = {"recording_id": recording.pk, "bundle_id": bundle.pk}
    if not is_erased:
        with pytest.raises(MissingObject):
            separate(payload)
    else:
        separate(payload)
    assert not Separation.objects.exists()
