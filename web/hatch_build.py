"""Puts the built dashboard into the wheel: builds it first where that is possible and it is not there already."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLACES = {"wheel": "openbell/api/web", "sdist": "src/openbell/api/web"}


class DashboardHook(BuildHookInterface):
    """Runs before a wheel or a source archive is put together."""

    PLUGIN_NAME = "dashboard"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, and add what is built, which git does not keep.

        An installation for development leaves that to `make setup`. A source archive holds a built dashboard and
        needs no Node; without Node and without a built one the rest still installs.
        """
        script = Path(self.root) / "web" / "build.py"
        if version == "editable" or not script.is_file():
            return
        build = runpy.run_path(str(script))
        built: Path = build["BUILT"]
        try:
            if not (Path(self.root) / "PKG-INFO").is_file():
                build["build"]()
        except build["NoNode"] as problem:
            self.app.display_warning(f"{problem} The wheel is made without a dashboard.")
        if built.is_dir():
            build_data["force_include"][str(built)] = _PLACES[self.target_name]
