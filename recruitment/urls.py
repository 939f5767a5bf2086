"""Addresses of recruitment: pages of admins under /recruitment/."""

from django.urls import URLPattern, URLResolver, path

from recruitment.views import anomalies, efforts, embedded, imports, mturk, prolific, stamps

urlpatterns: list[URLPattern | URLResolver] = [
    path("stamps/", stamps.own_stamps, name="own-stamps"),
    path("stamps/return", stamps.stamps_return, name="stamps-return"),
    path("recruitment/stamps", stamps.stamp_search, name="stamp-search"),
    path("recruitment/<int:effort_id>/stamps", stamps.effort_stamps, name="effort-stamps"),
    path("recruitment/<int:effort_id>/anomalies", anomalies.effort_anomalies, name="effort-anomalies"),
    path("recruitment/<int:effort_id>/anomalies/look", anomalies.anomalies_look, name="anomalies-look"),
    path(
        "recruitment/<int:effort_id>/anomalies/<int:anomaly_id>/settle",
        anomalies.anomaly_settle,
        name="anomaly-settle",
    ),
    path(
        "recruitment/<int:effort_id>/anomalies/<int:anomaly_id>/reopen",
        anomalies.anomaly_reopen,
        name="anomaly-reopen",
    ),
    path("recruitment/<int:effort_id>/mturk", mturk.effort_mturk, name="effort-mturk"),
    path("recruitment/<int:effort_id>/mturk/preview", mturk.mturk_preview, name="mturk-preview"),
    path("recruitment/<int:effort_id>/mturk/hits", mturk.mturk_hit_new, name="mturk-hit-new"),
    path(
        "recruitment/<int:effort_id>/mturk/hits/<uuid:hit>/close", mturk.mturk_hit_close, name="mturk-hit-close"
    ),
    path("recruitment/<int:effort_id>/mturk/follow", mturk.mturk_hit_follow, name="mturk-hit-follow"),
    path("recruitment/<int:effort_id>/mturk/ask", mturk.mturk_ask, name="mturk-ask"),
    path("embedded/<int:effort_id>/", embedded.embedded, name="embedded"),
    path("embedded/task/<str:ticket>", embedded.embedded_task, name="embedded-task"),
    path("embedded/state", embedded.embedded_state, name="embedded-state"),
    path("embedded/enter/<str:token>", embedded.embedded_enter, name="embedded-enter"),
    path("recruitment/<int:effort_id>/prolific", prolific.effort_prolific, name="effort-prolific"),
    path("recruitment/<int:effort_id>/prolific/ask", prolific.prolific_ask, name="prolific-ask"),
    path("recruitment/<int:effort_id>/import", imports.effort_import, name="effort-import"),
    path("recruitment/<int:effort_id>/import/<uuid:file_id>", imports.import_file, name="import-file"),
    path(
        "recruitment/<int:effort_id>/import/<uuid:file_id>/columns",
        imports.import_columns,
        name="import-columns",
    ),
    path(
        "recruitment/<int:effort_id>/import/<uuid:file_id>/confirm",
        imports.import_confirm,
        name="import-confirm",
    ),
    path(
        "recruitment/<int:effort_id>/import/<uuid:file_id>/apply", imports.import_apply, name="import-apply"
    ),
    path("recruitment/<int:effort_id>/import/<uuid:file_id>/undo", imports.import_undo, name="import-undo"),
    path(
        "recruitment/<int:effort_id>/import/<uuid:file_id>/discard",
        imports.import_discard,
        name="import-discard",
    ),
    path(
        "recruitment/<int:effort_id>/import/<uuid:file_id>/export",
        imports.import_export,
        name="import-export",
    ),
    path("recruitment/", efforts.effort_list, name="effort-list"),
    path("recruitment/<int:effort_id>/", efforts.effort_overview, name="effort"),
]
