"""Take recordings back by the code on the receipt: enter it, see what will happen, confirm."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from collection.models import Participation
from core.errors import ShownToUser
from recruitment.models import Participant
from recruitment.services.withdrawals import find_by_code, withdraw

WITHDRAWN_HERE = "withdrawn_participant"


class WithdrawalForm(forms.Form):
    """The code; `participant` is whom it belongs to, once the form is valid."""

    code = forms.CharField(
        label="Withdrawal code",
        max_length=60,
        error_messages={"required": "Please enter the withdrawal code from your receipt."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    participant: Participant

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.participant = find_by_code(code)
        except ShownToUser as unknown:
            raise forms.ValidationError(unknown.message) from unknown
        return code


@never_cache
@require_http_methods(["GET", "POST"])
def withdrawal(request: HttpRequest) -> HttpResponse:
    """Nothing is changed before the confirmation; the code never stands in an address or a log."""
    form = WithdrawalForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        gone = withdrawn_here(request)
        context = {"form": form, "gone": gone, "withdrawn": participation_of(gone) if gone else None}
        return render(request, "contributor/withdraw.html", context, status=422 if form.is_bound else 200)
    if "confirm" not in request.POST:
        context = {"form": form, "participation": participation_of(form.participant)}
        return render(request, "contributor/withdraw_confirm.html", context)
    participant = withdraw(code=form.cleaned_data["code"])
    request.session[WITHDRAWN_HERE] = str(participant.public_id)
    return redirect("withdraw")


def withdrawn_here(request: HttpRequest) -> Participant | None:
    """Whom this browser withdrew, shown until it is closed, so that a reload shows the same."""
    public_id = request.session.get(WITHDRAWN_HERE)
    if public_id is None:
        return None
    return Participant.objects.filter(public_id=public_id, withdrawn_at__isnull=False).first()


def participation_of(participant: Participant) -> Participation | None:
    """None where the participant listened or worked elsewhere and recorded nothing."""
    participations = Participation.objects.select_related("campaign", "participant")
    return participations.filter(participant=participant).first()
