"""Addresses of listening studies: /studies/ for researchers, /s/ for listeners."""

from django.urls import URLPattern, URLResolver, path

from evaluation.listening.views import listener, researcher

urlpatterns: list[URLPattern | URLResolver] = [
    path("studies/", researcher.study_list, name="study-list"),
    path("studies/new", researcher.study_new, name="study-new"),
    path("studies/<slug:slug>/", researcher.study_page, name="study-results"),
    path("studies/<slug:slug>/open", researcher.study_open, name="study-open"),
    path("studies/<slug:slug>/close", researcher.study_close, name="study-close"),
    path("studies/<slug:slug>/ratings.csv", researcher.study_ratings, name="study-ratings"),
    path("studies/<slug:slug>/trials/<uuid:trial>", researcher.trial_players, name="study-trial"),
    path(
        "studies/<slug:slug>/trials/<uuid:trial>/signals/<int:number>",
        researcher.trial_signal,
        name="study-signal",
    ),
    path("s/<slug:slug>/", listener.listen_begin, name="listen-begin"),
    path("s/<slug:slug>/next", listener.listen_next, name="listen-next"),
    path("s/<slug:slug>/rate", listener.listen_rate, name="listen-rate"),
    path("s/<slug:slug>/finished", listener.listen_finished, name="listen-finished"),
    path(
        "s/<slug:slug>/trials/<uuid:trial>/signals/<int:number>",
        listener.listen_signal,
        name="listen-signal",
    ),
]
