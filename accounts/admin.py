"""Staff users and the audit log in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.admin_base import DomainAdmin, HistoryAdmin
from accounts.job_admin import JobAdmin
from accounts.models import AuditEntry, User
from accounts.services.users import save_user
from core.models import Job

admin.site.unregister(Group)
admin.site.register(Job, JobAdmin)


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "role")


@admin.register(User)
class UserAdmin(DomainAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    """People leave by being made inactive: what they did keeps their name."""

    add_form = NewUserForm
    list_display = ("username", "role", "is_active", "email", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "role", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        save_user(actor=request.user, user=obj)


@admin.register(AuditEntry)
class AuditEntryAdmin(HistoryAdmin):
    list_display = ("at", "actor", "action", "subject")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("subject", "action", "actor__username")
    date_hierarchy = "at"
