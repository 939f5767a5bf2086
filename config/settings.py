"""Django settings: every choice comes from a typed environment variable with an embedded default."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from config.environment import (
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    parse_database_url,
    parse_object_store_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("REALM_DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # voices: nothing for other users of this machine


def read_or_create_secret(path: Path) -> str:
    """A key that survives restarts without asking a newcomer for one; many machines set REALM_SECRET_KEY."""
    if not path.exists():
        # Whole or not at all, and the first of several processes wins: stamps are sealed with it.
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text().strip()


DEBUG = env_bool("REALM_DEBUG", default=False)
SECRET_KEY = env_secret("REALM_SECRET_KEY", default="") or read_or_create_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env_list("REALM_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env_list("REALM_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "accounts.admin_config.RealmAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "core",
    "accounts",
    "recruitment",
    "collection",
    "evaluation.registry",
    "evaluation.runs",
    "evaluation.listening",
    "releases",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.NoNulMiddleware",
    "config.middleware.ShownToUserMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": parse_database_url(env_secret("DATABASE_URL", default=""), base_dir=DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "workbench"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# Objects (recordings and all that is derived from them): a folder, or any S3. Only core.storage reads this.
OBJECT_STORE = parse_object_store_url(env_secret("OBJECT_STORE_URL", default=""), base_dir=DATA_DIR)

# Celery reads CELERY_* through config/celery.py; without a URL the embedded filesystem broker is used.
CELERY_BROKER_URL = env_secret("CELERY_BROKER_URL", default="")

# Prolific, for efforts that use it: without a token people still come and go, decisions are made on its own pages.
PROLIFIC_TOKEN = env_secret("REALM_PROLIFIC_TOKEN", default="")
PROLIFIC_URL = env_str("REALM_PROLIFIC_URL", default="https://api.prolific.com/api/v1/")
# Mechanical Turk: the sandbox, where money is play money, unless an operator names the real marketplace.
MTURK_ENDPOINT = env_str(
    "REALM_MTURK_ENDPOINT", default="https://mturk-requester-sandbox.us-east-1.amazonaws.com"
)
# Where our page may stand in a frame, and where that page may send its form; everywhere else neither.
MTURK_FRAME_ORIGINS = ["https://*.mturk.com", "https://*.mturkcontent.com"]
MTURK_SUBMIT_ORIGINS = ["https://www.mturk.com", "https://workersandbox.mturk.com"]

# A take is at most 60 s of two-channel 32-bit float at 192 kHz; the usual one is half a megabyte.
MAX_UPLOAD_BYTES = env_int("REALM_MAX_UPLOAD_BYTES", default=100 * 1024 * 1024)
# A zip of a model, as sent and as unpacked; a separator of 60 million parameters has 240 MB in single precision.
MAX_MODEL_BYTES = env_int("REALM_MAX_MODEL_BYTES", default=512 * 1024 * 1024)
# Takes are streamed and never held by Django; this is for forms.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = env_bool("REALM_HTTPS", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL_REDIRECT
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("REALM_BEHIND_PROXY", default=False) else None
)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SESSION_COOKIE_AGE = 60 * 60 * 24 * 180
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "worker-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'", *OBJECT_STORE.browser_origins],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api_bodies.SmallJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.answer_error",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Realm API",
    "VERSION": "1",
    "DESCRIPTION": "Recording, upload and research endpoints of Realm.",
    "SERVE_INCLUDE_SCHEMA": False,
}

# Who knows the page on which an effort's work begins: recruitment itself may not look up.
RECRUITMENT_ENTRANCES = [
    "collection.entrances.campaign_entrance",
    "evaluation.listening.entrances.study_entrance",
]

# The inference process (python -m modeling serve) started by the gpu worker.
INFERENCE_THREADS = env_int("REALM_INFERENCE_THREADS", default=1)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    # Addresses that people arrive by name them (PROLIFIC_PID=...), so no log holds a query string.
    "filters": {"without_queries": {"()": "config.log_filters.WithoutQueries"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_queries"]}
    },
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "botocore": {"level": "INFO"},  # below that it writes whole requests, which name people
    },
    "root": {"handlers": ["console"], "level": env_str("REALM_LOG_LEVEL", default="INFO")},
}
