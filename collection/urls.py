"""Addresses of collection."""

from django.urls import URLPattern, URLResolver, path

from collection.views import contributor, home, media, review, withdrawal

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("c/<slug:slug>/", contributor.campaign, name="campaign"),
    path("c/<slug:slug>/begin", contributor.begin, name="begin"),
    path("c/<slug:slug>/record", contributor.record, name="record"),
    path("c/<slug:slug>/receipt", contributor.receipt, name="receipt"),
    path("c/<slug:slug>/finished", contributor.finished, name="finished"),
    path("recordings/<uuid:public_id>/audio", media.audio, name="recording-audio"),
    path("recordings/<uuid:public_id>/peaks", media.peaks, name="recording-peaks"),
    path("recordings/<uuid:public_id>/spectrogram", media.spectrogram, name="recording-spectrogram"),
    path("review/", review.review_queue, name="review-queue"),
    path("review/<uuid:public_id>/", review.review_recording, name="review-recording"),
    path("review/<uuid:public_id>/decide", review.decide, name="review-decide"),
    path("review/<uuid:public_id>/undo", review.undo_decision, name="review-undo"),
    path("withdraw/", withdrawal.withdrawal, name="withdraw"),
]
