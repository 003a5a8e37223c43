"""Sphinx settings. The build reads nothing from the network."""

import tomllib
from pathlib import Path

project = "swmodel"
author = "swmodel contributors"
copyright = "2026, swmodel contributors"
declared = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
version = release = declared["project"]["version"]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "generated", "examples"]
myst_enable_extensions = ["deflist", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"swmodel {release}"
html_static_path: list[str] = []
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
