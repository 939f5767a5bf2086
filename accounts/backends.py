"""The role decides everything a user may do; Django's own groups and permission tables are not used."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from accounts.models import User


class RoleBackend(ModelBackend):
    """User name and password as ever. Admins hold every permission, others none: what an admin may not do to
    history, the classes of the admin forbid to everybody."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return is_admin(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return is_admin(user_obj)


def is_admin(user: User | AnonymousUser) -> bool:
    return isinstance(user, User) and user.is_admin
