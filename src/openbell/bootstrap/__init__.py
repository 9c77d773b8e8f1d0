"""Puts the parts together; the only place that knows them all."""

from openbell.bootstrap.serving import running, serve, web_app
from openbell.bootstrap.system import System, build

__all__ = ["System", "build", "running", "serve", "web_app"]
