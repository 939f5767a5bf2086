"""manage.py ensure_admin [--username admin] [--reset]: the first admin, with a password that is shown once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.users import ensure_admin, find_active_admin, reset_password
from core.errors import ShownToUser


class Command(BaseCommand):
    help = "Create an admin with a fresh password unless there is one; --reset gives an admin a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument("--reset", action="store_true", help="give this admin a new password")

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        try:
            password = ensure_admin(username=username)
            if password is None and options["reset"]:
                password = reset_password(actor=None, user=find_active_admin(username=username))
        except ShownToUser as error:
            raise CommandError(error.message) from error
        if password is not None:
            self.show(username, password)

    def show(self, username: str, password: str) -> None:
        self.stdout.write(f"Admin user: {username}")
        self.stdout.write(f"Password:   {password}")
        self.stdout.write(
            f"It is shown once; `manage.py ensure_admin --username {username} --reset` makes another."
        )
