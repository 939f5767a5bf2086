"""Addresses of runs."""

from django.urls import URLPattern, URLResolver, path

from evaluation.runs import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("recordings/<uuid:public_id>/results", views.results, name="recording-results"),
    path("recordings/<uuid:public_id>/stems/<int:source_number>/audio", views.stem_audio, name="stem-audio"),
    path(
        "recordings/<uuid:public_id>/stems/<int:source_number>/spectrogram",
        views.stem_spectrogram,
        name="stem-spectrogram",
    ),
]
