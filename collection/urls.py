"""Addresses of collection."""

from django.urls import URLPattern, URLResolver, path

from collection.views import campaigns, contributor, home, media, review, withdrawal

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("c/<slug:slug>/", contributor.campaign, name="campaign"),
    path("c/<slug:slug>/begin", contributor.begin, name="begin"),
    path("c/<slug:slug>/record", contributor.record, name="record"),
    path("c/<slug:slug>/receipt", contributor.receipt, name="receipt"),
    path("c/<slug:slug>/finished", contributor.finished, name="finished"),
    path("campaigns/new", campaigns.campaign_new, name="campaign-new"),
    path("campaigns/<slug:slug>/", campaigns.campaign_admin, name="campaign-admin"),
    path("campaigns/<slug:slug>/state", campaigns.campaign_state, name="campaign-state"),
    path("recordings/<uuid:public_id>/audio", media.audio, name="recording-audio"),
    path("recordings/<uuid:public_id>/peaks", media.peaks, name="recording-peaks"),
    path("recordings/<uuid:public_id>/spectrogram", media.spectrogram, name="recording-spectrogram"),
    path("review/", review.review_queue, name="review-queue"),
    path("review/<uuid:public_id>/", review.review_recording, name="review-recording"),
    path("review/<uuid:public_id>/decide", review.decide, name="review-decide"),
    path("review/<uuid:public_id>/undo", review.undo_decision, name="review-undo"),
    path("withdraw/", withdrawal.withdrawal, name="withdraw"),
]
