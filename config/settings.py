"""All settings, from the environment. docs/operations.md lists the variables."""

import warnings
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF

from config import embedded, env
from config.database import waiting

BASE_DIR = Path(__file__).resolve().parent.parent
CUSTOS_VAR = Path(env.text("CUSTOS_VAR", str(BASE_DIR / "var"))).resolve()
DEBUG = env.boolean("DEBUG", False)

# --- services: real ones from the environment, else our own --------------------------

DATABASE_URL = env.text("DATABASE_URL", "")
MIGRATION_DATABASE_URL = env.text("MIGRATION_DATABASE_URL", "")  # as the owner of the tables
REDIS_URL = env.text("REDIS_URL", "")
EMBEDDED = not DATABASE_URL
if not DATABASE_URL or not REDIS_URL:
    _services = embedded.ensure(CUSTOS_VAR, postgres=not DATABASE_URL, redis=not REDIS_URL)
    if EMBEDDED:
        DATABASE_URL, MIGRATION_DATABASE_URL = _services.database_url, _services.owner_url
    REDIS_URL = REDIS_URL or _services.redis_url
BROKER_URL, CACHE_URL = env.redis(REDIS_URL)

CUSTOS_DATABASE_OWNER = env.database(MIGRATION_DATABASE_URL) if MIGRATION_DATABASE_URL else None

# Pages must give up soon; workers and commands may take their time, so each process has
# its own.
CUSTOS_STATEMENT_TIMEOUT_MS = env.integer("CUSTOS_STATEMENT_TIMEOUT_MS", 0)
CUSTOS_DATABASE_WAIT = env.integer("CUSTOS_DATABASE_WAIT", 10, least=1)  # seconds
CUSTOS_PAGE_WAIT_MS = env.integer("CUSTOS_PAGE_WAIT_MS", 1_000, least=1)
# A folder on the database's disk, whose free space this process can ask for; empty: not watched.
CUSTOS_DATABASE_DISK = env.text("CUSTOS_DATABASE_DISK", str(CUSTOS_VAR) if EMBEDDED else "")
CUSTOS_DISK_RESERVE = env.integer("CUSTOS_DISK_RESERVE", 256)  # MB
CUSTOS_POOL_SIZE = env.integer("CUSTOS_POOL_SIZE", 20, least=1)
DATABASES = {
    "default": {
        **env.database(DATABASE_URL),
        "OPTIONS": {
            "pool": {
                "connection_class": waiting.Connection,
                "min_size": 1,
                "max_size": CUSTOS_POOL_SIZE,
                "timeout": CUSTOS_DATABASE_WAIT,
                # The pool tries again ever more seldom; after this it begins anew, so
                # that a database that is back is noticed.
                "reconnect_timeout": 3,
            },
            # Executions after which a statement of `provenance.services.prepared` is planned
            # for good.
            "prepare_threshold": 3,
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,  # ms without an acknowledgement: the machine is gone
            "options": f"-c statement_timeout={CUSTOS_STATEMENT_TIMEOUT_MS}",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# --- Custos itself -------------------------------------------------------------------

PORT = env.integer("PORT", 8000, least=1, most=65535)  # of `manage.py serve`
CUSTOS_ORIGIN = env.origin("CUSTOS_ORIGIN", f"http://localhost:{PORT}")
CUSTOS_HOST = urlsplit(CUSTOS_ORIGIN).hostname or ""
CUSTOS_DID_HOST = env.host("CUSTOS_DID_HOST", env.host_of(CUSTOS_ORIGIN))
CUSTOS_LEDGER_ORIGIN = env.text("CUSTOS_LEDGER_ORIGIN", f"{CUSTOS_DID_HOST}/ledger")
CUSTOS_LEDGER_DIR = Path(env.text("CUSTOS_LEDGER_DIR", str(CUSTOS_VAR / "ledger")))
CUSTOS_LOCK_DIR = Path(env.text("CUSTOS_LOCK_DIR", str(CUSTOS_VAR / "lock")))
# 32 bytes in hex each: the seeds of the ledger's and the registrar's Ed25519 keys, and
# the key that kept private keys are encrypted under.
CUSTOS_LEDGER_KEY = env.secret("CUSTOS_LEDGER_KEY", CUSTOS_VAR / "ledger.key", make=EMBEDDED)
CUSTOS_KEY_ENCRYPTION_KEY = env.secret(
    "CUSTOS_KEY_ENCRYPTION_KEY", CUSTOS_VAR / "key-encryption.key", make=EMBEDDED
)
CUSTOS_REGISTRAR_KEY = env.secret(
    "CUSTOS_REGISTRAR_KEY", CUSTOS_VAR / "registrar.key", make=EMBEDDED
)
# The registrar's pinned key; empty: the key above. Former keys are believed for their part of
# the ledger, and so are former ledgers up to their last tree head.
CUSTOS_REGISTRAR_ROOT = env.public_key("CUSTOS_REGISTRAR_ROOT")
CUSTOS_REGISTRAR_FORMER = env.former_keys("CUSTOS_REGISTRAR_FORMER", CUSTOS_REGISTRAR_ROOT)
CUSTOS_LEDGER_FORMER = env.former_ledgers("CUSTOS_LEDGER_FORMER", CUSTOS_LEDGER_ORIGIN)
CUSTOS_REGISTRAR_GLN = env.text("CUSTOS_REGISTRAR_GLN", "9520000000004")
CUSTOS_ANCHOR_INTERVAL = env.integer("CUSTOS_ANCHOR_INTERVAL", 5, least=1)  # seconds
# Seconds within which an accepted event is promised to be in a published tree head. From half
# of them on none is taken: six sweeps at least, after which the ledger is behind anyway.
_LEAST = 12 * CUSTOS_ANCHOR_INTERVAL
CUSTOS_ANCHOR_WITHIN = env.integer("CUSTOS_ANCHOR_WITHIN", max(600, _LEAST), least=_LEAST)
CUSTOS_MAX_CLOCK_AHEAD = env.integer("CUSTOS_MAX_CLOCK_AHEAD", 300)  # seconds
CUSTOS_LATE_AFTER = env.integer("CUSTOS_LATE_AFTER", 72)  # hours
# Days for which rows that nobody signed are kept.
CUSTOS_KEEP_SCANS = env.integer("CUSTOS_KEEP_SCANS", 730, least=1)
CUSTOS_KEEP_REFUSALS = env.integer("CUSTOS_KEEP_REFUSALS", 90, least=1)
CUSTOS_KEEP_ATTEMPTS = env.integer("CUSTOS_KEEP_ATTEMPTS", 7, least=1)
# Proxies of ours before the web server, each of which appends to X-Forwarded-For.
CUSTOS_PROXIES = env.integer("CUSTOS_PROXIES", 0, most=9)
CUSTOS_WEB_THREADS = env.integer("CUSTOS_WEB_THREADS", 4, least=1)  # of each web process
CUSTOS_BODY_SECONDS = env.integer("CUSTOS_BODY_SECONDS", 20, least=1)
# Requests from one address, of one API key for the last three.
CUSTOS_LIMITS = {
    "logins": env.limit("CUSTOS_LIMIT_LOGINS", "60/minute"),
    "pages": env.limit("CUSTOS_LIMIT_PAGES", "1200/minute"),
    "photos": env.limit("CUSTOS_LIMIT_PHOTOS", "60/minute"),
    "guesses": env.limit("CUSTOS_LIMIT_GUESSES", "120/minute"),
    "strangers": env.limit("CUSTOS_LIMIT_STRANGERS", "1200/minute"),
    "api-key": env.limit("CUSTOS_LIMIT_API_KEY", "12000/minute"),
    "prepare": env.limit("CUSTOS_LIMIT_PREPARE", "12000/minute"),
    "labels": env.limit("CUSTOS_LIMIT_LABELS", "10000/minute"),
}

# --- Django --------------------------------------------------------------------------

SECRET_KEY = env.secret("SECRET_KEY", CUSTOS_VAR / "secret.key", make=EMBEDDED)
if DATABASE_URL != env.NO_DATABASE:
    env.check_secrets(
        {
            "CUSTOS_LEDGER_KEY": CUSTOS_LEDGER_KEY,
            "CUSTOS_REGISTRAR_KEY": CUSTOS_REGISTRAR_KEY,
            "CUSTOS_KEY_ENCRYPTION_KEY": CUSTOS_KEY_ENCRYPTION_KEY,
            "SECRET_KEY": SECRET_KEY,
        }
    )
ALLOWED_HOSTS = sorted({CUSTOS_HOST, *env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")})
CSRF_TRUSTED_ORIGINS = [CUSTOS_ORIGIN]
ROOT_URLCONF = "config.urls"
LOGIN_URL = "/customs/login"  # for people who are no staff
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "pgtrigger",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "provenance",
    "customs",
]

MIDDLEWARE = [
    "provenance.views.headers.PermissionsPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    # Outside of all that may refuse a request, so that each refusal becomes a problem;
    # inside of those that add to every answer, so that a problem has their headers too.
    "provenance.api.errors.ProblemMiddleware",
    "config.database.waiting.PageWait",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "provenance.views.bodies.BodyLimit",
    "provenance.views.limits.LoginLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

# An account is locked for an address only, so that an office of many is not: each wrong
# password counts in the database, which no Redis is needed for.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.integer("CUSTOS_LOCK_AFTER", 10, least=1)  # wrong passwords
AXES_COOLOFF_TIME = timedelta(minutes=env.integer("CUSTOS_LOCK_MINUTES", 15, least=1))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "provenance.views.limits.address"
AXES_LOCKOUT_CALLABLE = "provenance.views.limits.locked"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("ar", "العربية"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "provenance" / "locale"]

# A batch of 1,000 signed events fits into the body; nothing larger is read into memory.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- static files: found in place, or (an image) collected, hashed and compressed beforehand

STATIC_URL = "static/"
STATIC_COLLECTED = env.boolean("STATIC_COLLECTED", False)
# While nothing is collected there is no such folder, and WhiteNoise must not look for
# it.
STATIC_ROOT = (
    Path(env.text("STATIC_ROOT", str(CUSTOS_VAR / "static"))) if STATIC_COLLECTED else None
)
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": CUSTOS_VAR / "files"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- browsers ------------------------------------------------------------------------

HTTPS = CUSTOS_ORIGIN.startswith("https://") and not DEBUG
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "provenance.views.site.form_refused"
LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Behind a proxy that ends TLS and always sets this header itself.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CUSTOS_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- REST ----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["provenance.api.permissions.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["provenance.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["provenance.api.renderers.JsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "provenance.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "provenance.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": None,  # the renderer writes times
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Custos",
    "DESCRIPTION": "Signed, chained and anchored provenance records of goods.",
    "VERSION": "1",
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "provenance.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Act": "provenance.api.schema.ACTS",
        "SubjectKind": "provenance.api.schema.SUBJECT_KINDS",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Celery --------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL
if EMBEDDED:
    # All-in-one on a developer's machine or in a container, where root may be all there
    # is. Others are warned.
    warnings.filterwarnings("ignore", category=SecurityWarning)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_connect_timeout": 2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A page never waits for a broker that is away: the sweep finds whatever was not
# announced.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The nightly check has a queue and a worker of its own, so that no sweep waits behind
# it.
CELERY_TASK_ROUTES = {"provenance.tasks.check_everything": {"queue": "checks"}}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(CUSTOS_VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "anchor-pending": {
        "task": "provenance.tasks.anchor_pending",
        "schedule": float(CUSTOS_ANCHOR_INTERVAL),
        # A sweep that nobody took before the next one came is not worth keeping.
        "options": {"expires": CUSTOS_ANCHOR_INTERVAL},
    },
    "forget": {
        "task": "provenance.tasks.forget",
        "schedule": crontab(hour="2", minute="0"),
        "options": {"expires": 12 * 3600},
    },
    "purge-answers": {
        "task": "provenance.tasks.purge_answers",
        "schedule": crontab(minute="30"),
        "options": {"expires": 1800},
    },
    "assess-declarations": {
        "task": "customs.tasks.assess_declarations",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "check-everything": {
        "task": "provenance.tasks.check_everything",
        "schedule": crontab(hour="3", minute="0"),
        # Sent again the next night: an older one is not worth keeping.
        "options": {"expires": 12 * 3600},
    },
}

# --- logs ----------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain" if DEBUG else "json"}
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "axes": {"level": "WARNING"},
    },
}
