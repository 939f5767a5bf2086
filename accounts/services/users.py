"""Create staff users and give them passwords; every change stands in the audit log."""

import secrets

from django.db import transaction

from accounts.models import Role, User
from accounts.services.audit import record_action
from core.errors import ShownToUser

# Without 0, O, 1, I and L: people copy a password from a terminal.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_GROUPS = 4
GROUP_LENGTH = 5


def generate_password() -> str:
    """Twenty random symbols in groups of five, such as `kdm4x-...`: 99 bits."""
    symbols = [
        "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(PASSWORD_GROUPS)
    ]
    return "-".join(symbols)


def ensure_admin(*, username: str) -> str | None:
    """Make sure that somebody may administer; the password of a user made now, None where an admin exists.

    Raises ShownToUser `user_exists` where the name belongs to somebody with another role or to nobody active.
    """
    with transaction.atomic():
        if User.objects.filter(role=Role.ADMIN, is_active=True).exists():
            return None
        if User.objects.filter(username=username).exists():
            raise ShownToUser(
                f"The user {username!r} exists and is no active admin. Please choose another --username.",
                code="user_exists",
                field="username",
            )
        password = generate_password()
        admin = User.objects.create_user(username=username, password=password, role=Role.ADMIN)
        note_user_change(actor=None, user=admin, action="user.create")
    return password


def reset_password(*, actor: User | None, user: User) -> str:
    """A fresh random password; the old one, and every session that it opened, ends."""
    password = generate_password()
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        note_user_change(actor=actor, user=user, action="user.reset_password")
    return password


def find_active_admin(*, username: str) -> User:
    admin = User.objects.filter(username=username, role=Role.ADMIN, is_active=True).first()
    if admin is None:
        known = ", ".join(
            User.objects.filter(role=Role.ADMIN, is_active=True).values_list("username", flat=True)
        )
        raise ShownToUser(
            f"There is no active admin {username!r}; the admins are: {known or 'none yet'}.",
            code="no_such_admin",
            field="username",
        )
    return admin


def note_user_change(*, actor: User | None, user: User, action: str) -> None:
    record_action(actor=actor, action=action, subject=f"user:{user.username}", details={"role": user.role})
