"""Addresses of recruitment: pages of admins under /recruitment/."""

from django.urls import URLPattern, URLResolver, path

from recruitment.views import (
    anomalies,
    decisions,
    efforts,
    embedded,
    imports,
    ledger,
    mturk,
    prolific,
    settings,
    stamps,
)

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
        "recruitment/<int:effort_id>/mturk/hits/<uuid:hit>/close",
        mturk.mturk_hit_close,
        name="mturk-hit-close",
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
    path("recruitment/<int:effort_id>/take-in", efforts.effort_take_in, name="effort-take-in"),
    path("recruitment/<int:effort_id>/settings", settings.effort_settings, name="effort-settings"),
    path("recruitment/<int:effort_id>/decisions", decisions.effort_decisions, name="effort-decisions"),
    path(
        "recruitment/<int:effort_id>/decisions/clear",
        decisions.effort_decide_clear,
        name="effort-decide-clear",
    ),
    path("recruitment/<int:effort_id>/decisions/send", decisions.decisions_send, name="decisions-send"),
    path(
        "recruitment/<int:effort_id>/decisions/progress",
        decisions.decisions_progress,
        name="decisions-progress",
    ),
    path(
        "recruitment/<int:effort_id>/decisions/<int:decision_id>/undo",
        decisions.decision_undo,
        name="decision-undo",
    ),
    path(
        "recruitment/<int:effort_id>/submissions/<uuid:public_id>/",
        decisions.effort_submission,
        name="effort-submission",
    ),
    path(
        "recruitment/<int:effort_id>/submissions/<uuid:public_id>/decide",
        decisions.submission_decide,
        name="submission-decide",
    ),
    path(
        "recruitment/<int:effort_id>/submissions/<uuid:public_id>/bonus",
        ledger.effort_bonus,
        name="effort-bonus",
    ),
    path("recruitment/<int:effort_id>/ledger", ledger.effort_ledger, name="effort-ledger"),
    path("recruitment/<int:effort_id>/ledger.csv", ledger.ledger_file, name="ledger-file"),
    path("recruitment/<int:effort_id>/paying-file", ledger.paying_file, name="paying-file"),
    path("recruitment/<int:effort_id>/ledger/mark-all", ledger.payments_mark_all, name="payments-mark-all"),
    path("recruitment/<int:effort_id>/ledger/send", ledger.payments_send, name="payments-send"),
    path(
        "recruitment/<int:effort_id>/ledger/<int:payment_id>/paid", ledger.payment_paid, name="payment-paid"
    ),
    path(
        "recruitment/<int:effort_id>/ledger/<int:payment_id>/unpaid",
        ledger.payment_unpaid,
        name="payment-unpaid",
    ),
    path(
        "recruitment/<int:effort_id>/ledger/<int:payment_id>/cancel",
        ledger.payment_cancel,
        name="payment-cancel",
    ),
]
