"""Every address of the site; tests/permissions holds the table of who may use each."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.views import StaffLoginView
from config import views
from core.views import healthz

urlpatterns = [
    path("", include("collection.urls")),
    path("", include("recruitment.urls")),
    path("", include("evaluation.registry.urls")),
    path("", include("evaluation.runs.urls")),
    path("", include("evaluation.listening.urls")),
    path("", include("releases.urls")),
    path("api/v1/", include("collection.api_urls")),
    path(
        "api/v1/schema",
        SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[]),
        name="api-schema",
    ),
    path("workbench/", views.workbench, name="workbench"),
    path("status", views.status, name="status"),
    path("healthz", healthz, name="healthz"),
    path("login/", StaffLoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
