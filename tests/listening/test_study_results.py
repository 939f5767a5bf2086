"""The study's figures follow the ratings and estimates that count, and nothing else."""

import csv
import io
from math import sqrt

import pytest
from django.utils import timezone

from evaluation.listening.export import ratings_as_csv
from evaluation.listening.models import Rating
from evaluation.listening.results import MeanEstimate, study_results
from evaluation.runs.models import QualityEstimate
from recruitment.models import Participant
from tests.listening.studies import make_listener, make_rating, make_study

pytestmark = pytest.mark.django_db


def test_means_estimates_and_agreement_of_a_constructed_study() -> None:
    study = make_study(estimates=[(0.0, 2.0), (4.0, 6.0), (8.0, 10.0), (12.0, 14.0)])
    listeners = [make_listener(study=study) for _ in range(3)]
    for trial, scores in zip(
        study.trials.order_by("id"), [(1, 1, 2), (2, 3, 2), (4, 3, 4), (5, 5, 4)], strict=True
    ):
        for listener, score in zip(listeners, scores, strict=True):
            make_rating(trial=trial, score=score, participant=listener)
    results = study_results(study=study)
    assert [result.si_snr_db for result in results.trials] == [1, 5, 9, 13]
    means = [result.opinion.mean for result in results.trials]
    assert means == pytest.approx([4 / 3, 7 / 3, 11 / 3, 14 / 3])
    assert (results.listeners, results.ratings) == (3, 12)
    # Centred estimates -1.5 -0.5 0.5 1.5 and means -5 -2 2 5, each on its own scale.
    assert results.pearson.coefficient == pytest.approx(17 / sqrt(290))
    assert results.spearman.coefficient == 1


def test_a_withdrawn_listener_leaves_every_figure_at_once() -> None:
    study = make_study(estimates=[(0.0, 2.0)])
    trial = study.trials.get()
    gone = make_rating(trial=trial, score=1).participant
    make_rating(trial=trial, score=5)
    Participant.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now())
    results = study_results(study=study)
    assert (results.listeners, results.ratings, results.trials[0].opinion.mean) == (1, 1, 5.0)


def test_a_withdrawn_recording_leaves_every_figure_and_the_export() -> None:
    study = make_study(estimates=[(0.0, 2.0)] * 2)
    first, second = study.trials.order_by("id")
    for trial in (first, second):
        make_rating(trial=trial, score=3)
    speakers = first.separation.recording.participation.participant
    Participant.objects.filter(pk=speakers.pk).update(withdrawn_at=timezone.now())
    assert [result.trial for result in study_results(study=study).trials] == [second]
    assert study_results(study=study).ratings == 1
    assert str(first.public_id) not in ratings_as_csv(study=study)


def test_the_newest_estimate_of_the_studys_own_estimator_counts() -> None:
    study = make_study(estimates=[(0.0, 2.0)])
    stem = study.trials.get().separation.stems.get(source_number=1)
    assert study.estimator is not None
    QualityEstimate.objects.create(stem=stem, bundle=study.estimator, code_version="v2", si_snr_db=6.0)
    assert study_results(study=study).trials[0].si_snr_db == pytest.approx(4.0)


def test_a_trial_with_an_estimate_missing_is_not_compared() -> None:
    study = make_study(estimates=[(0.0,), (1.0, 2.0)])
    for trial in study.trials.all():
        make_rating(trial=trial, score=3)
    results = study_results(study=study)
    assert [result.si_snr_db for result in results.trials] == [None, 1.5]
    assert results.pearson.n == 1
    assert results.conclusions == [f"Nothing can be concluded yet. {results.pearson.reason}"]


def test_a_trial_says_interval_reference_and_abstention_where_every_stem_does() -> None:
    study = make_study(estimates=[(0.0, 2.0), (4.0, 6.0)])
    whole, half = (trial.separation.stems.all() for trial in study.trials.order_by("id"))
    known = {"low_db": -3.0, "high_db": 7.0, "convention": "early"}
    QualityEstimate.objects.filter(stem__in=[*whole, half[0]]).update(**known)
    QualityEstimate.objects.filter(stem=half[1]).update(out_of_domain=1.5)
    first, second = (result.estimate for result in study_results(study=study).trials)
    assert first == MeanEstimate(si_snr_db=1.0, low_db=-3.0, high_db=7.0, convention="early", abstains=False)
    assert second is not None and second.abstains
    assert (second.low_db, second.high_db) == (None, None)


def test_the_export_has_the_interval_and_the_reference_of_each_estimate() -> None:
    study = make_study(estimates=[(0.0, 2.0), ()])
    QualityEstimate.objects.update(low_db=-1.0, high_db=3.0, out_of_domain=1.5)
    for trial in study.trials.all():
        make_rating(trial=trial, score=3)
    rows = list(csv.DictReader(io.StringIO(ratings_as_csv(study=study))))
    figures = ("mean_low_db", "mean_high_db", "convention", "abstains")
    assert [[row[name] for name in figures] for row in rows] == [
        ["-1.0", "3.0", "reverberant", "True"],
        ["", "", "", ""],
    ]


def test_exported_listeners_have_numbers_of_the_study_only() -> None:
    study = make_study(estimates=[(0.0, 2.0)] * 2)
    listener = make_listener(study=study)
    for trial in study.trials.order_by("id"):
        make_rating(trial=trial, score=4, participant=listener)
    text = ratings_as_csv(study=study)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["score"] for row in rows] == ["4", "4"]
    assert [row["position"] for row in rows] == ["1", "2"]
    assert [row["mean_si_snr_db"] for row in rows] == ["1.0", "1.0"]
    assert len({row["listener"] for row in rows}) == 1
    assert str(listener.public_id) not in text
    assert Rating.objects.count() == 2
