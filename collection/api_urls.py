"""Addresses of the collection API, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from collection import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("uploads", api.UploadsView.as_view(), name="api-uploads"),
    path("uploads/<uuid:client_uuid>", api.UploadView.as_view(), name="api-upload"),
    path("uploads/<uuid:client_uuid>/bytes", api.UploadBytesView.as_view(), name="api-upload-bytes"),
    path("uploads/<uuid:client_uuid>/complete", api.UploadCompleteView.as_view(), name="api-upload-complete"),
]
