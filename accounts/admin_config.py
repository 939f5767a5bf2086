"""Stands in INSTALLED_APPS instead of `django.contrib.admin`; imports no model, since apps load before them."""

from django.contrib.admin.apps import AdminConfig


class RealmAdminConfig(AdminConfig):
    default_site = "accounts.admin_site.RealmAdminSite"
