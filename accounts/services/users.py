"""Create staff users and give them passwords; every change stands in the audit log."""

import secrets

from django.db import transaction

from accounts.models import Role, User
from accounts.services.audit import record_action
from core.errors import ShownToUser

# Without 0, O, 1, I and L: people copy a password from a terminal.
SYMBOLS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS = 4
GROUP_LENGTH = 5


def generate_password() -> str:
    """Twenty random symbols in groups of five, such as `kdm4x-...`: 99 bits."""
    symbols = ["".join(secrets.choice(SYMBOLS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS)]
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


def save_user(*, actor: User, user: User) -> User:
    """Save what an admin entered. Raises ShownToUser `last_admin` where nobody would be left to administer."""
    with transaction.atomic():
        # The other admins are locked: two who demote each other at the same moment would both succeed.
        admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True)
        others = [admin for admin in admins if admin.pk != user.pk]
        stays_admin = user.role == Role.ADMIN and user.is_active
        if not others and not stays_admin:
            raise ShownToUser(
                f"{user.username} is the only active admin. Please make somebody else an admin first.",
                code="last_admin",
                field="role",
                status=409,
            )
        user.save()
        note_user_change(actor=actor, user=user, action="user.save")
    return user
