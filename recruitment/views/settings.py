"""The settings of an effort: first the channel, then all that depends on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import StaffRequest, admin_required
from recruitment.channels import CHANNELS, channel_named
from recruitment.forms.channel_settings import ChannelSettingsForm
from recruitment.forms.effort_settings import EffortSettingsForm
from recruitment.models import Effort
from recruitment.services.efforts import change_settings, choose_channel, why_channel_is_fixed
from recruitment.views.efforts import effort_context

SETTINGS = "effort-settings"


@require_http_methods(["GET", "POST"])
@admin_required
def effort_settings(request: StaffRequest, effort_id: int) -> HttpResponse:
    effort = get_object_or_404(Effort, pk=effort_id)
    form = EffortSettingsForm(request.POST or None, initial=EffortSettingsForm.initial_of(effort))
    channel_form = channel_form_of(request, effort)
    chosen = request.POST.get("channel", effort.channel)
    if chosen != effort.channel and form.is_valid():
        return save_with_channel(request, effort, form, channel=chosen)
    if request.method == "POST" and form.is_valid() and channel_form.is_valid():
        plan = form.plan(channel_settings=channel_form.as_settings())
        changed = change_settings(effort=effort, plan=plan, actor=request.user)
        said = "Saved." if changed else "Nothing was changed."
        messages.success(request, said, extra_tags="good")
        return redirect(SETTINGS, effort_id)
    context = effort_context(effort, SETTINGS) | {
        "form": form,
        "channel_form": channel_form,
        "channels": CHANNELS.values(),
        "channel_chosen": chosen,
        "channel_is_fixed": why_channel_is_fixed(effort),
    }
    return render(request, "recruitment/effort_settings.html", context, status=422 if form.is_bound else 200)


def channel_form_of(request: StaffRequest, effort: Effort) -> ChannelSettingsForm:
    form = channel_named(effort.channel).settings_form
    data = request.POST if request.method == "POST" else None
    return form(data, initial=form.initial_of(effort.channel_settings))


def save_with_channel(
    request: StaffRequest, effort: Effort, form: EffortSettingsForm, *, channel: str
) -> HttpResponse:
    """Another channel begins with its own defaults: what was sent for the former one goes with it."""
    choose_channel(effort=effort, channel=channel, actor=request.user)
    change_settings(effort=effort, plan=form.plan(channel_settings={}), actor=request.user)
    title = channel_named(effort.channel).title
    said = f"Saved. People come by {title} now: check its settings at the end of this page."
    messages.success(request, said, extra_tags="good")
    return redirect(SETTINGS, effort.pk)
