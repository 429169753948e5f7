"""The settings of the benchmarks' web server: the product's, and one address more."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.urls"
