"""The site of documentation: ``sphinx-build -W docs docs/_build``.

Sphinx with numpydoc, because numpydoc checks the very docstrings that it shows (`tests/test_docstrings.py`), a name
in backticks becomes a link where there is such a name, and MyST takes the notebooks of the tutorials as they are.
"""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

project = "omezarr_nb"
author = "omezarr_nb developers"
project_copyright = author
try:
    release = metadata.version("omezarr_nb")
except metadata.PackageNotFoundError:  # the sources alone
    release = "unreleased"

extensions = ["myst_nb", "omezarr_nb.viewers.sphinx", "sphinx.ext.autodoc", "numpydoc", "sphinx_copybutton"]
exclude_patterns = ["_build", "**/.ipynb_checkpoints", "tutorials/data"]

html_theme = "furo"
html_title = "omezarr_nb"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options: dict[str, Any] = {"navigation_with_keys": True}

# Names in backticks are links where there is such a name; arguments and the like are code.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
add_module_names = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# `executed` runs the tutorials, all in one kernel.
nb_execution_mode = "off"
nb_merge_streams = True


def run_tutorials(app: Any) -> None:
    """Lay the notebooks beside the pages, with what they show: Sphinx takes nothing from outside its folder.

    They are run when one of them or the package has changed, unless a folder of executed ones is named:
    ``sphinx-build -D executed_tutorials=FOLDER``.
    """
    from executed import NOTEBOOKS, execute
    from sphinx.errors import ExtensionError

    target, given = HERE / "tutorials", app.config.executed_tutorials
    for copy in target.glob("*.ipynb"):
        if given or not (NOTEBOOKS / copy.name).exists():
            copy.unlink()
    if given:
        for notebook in Path(given).glob("*.ipynb"):
            shutil.copyfile(notebook, target / notebook.name)
        return
    sources = [*NOTEBOOKS.glob("*.ipynb"), *(HERE.parent / "omezarr_nb").rglob("*.py"), HERE / "executed.py"]
    copies = [target / notebook.name for notebook in NOTEBOOKS.glob("*.ipynb")]
    newest = max(source.stat().st_mtime for source in sources)
    if all(copy.exists() and copy.stat().st_mtime > newest for copy in copies):
        return
    if failed := execute(target):
        raise ExtensionError("Tutorials fail: " + "; ".join(failed))


def write_reference(_app: Any) -> None:
    """Write the pages of the reference: names of the package by their parts, and the table of the rules."""
    from reference_pages import pages

    (HERE / "reference" / "generated").mkdir(exist_ok=True)
    for name, text in (*pages(), ("rules", _rules())):
        page = HERE / "reference" / "generated" / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:  # what has not changed is not read again
            page.write_text(text, encoding="utf-8")


def _rules() -> str:
    from omezarr_nb.core.rules import RULES, VERSIONS

    firmness = {"schema": "MUST", "suite": "MUST", "text": "MUST", "strict": "strict", "should": "SHOULD", None: "-"}
    lines = [
        "# Rules",
        "",
        "What `omezarr_nb.validate` reports, and what reading warns of. MUST is an error and SHOULD a warning; what is",
        "*strict* is an error with `strict=True` and a warning without.",
        "",
        f"| rule | the specification says | {' | '.join(VERSIONS)} |",
        f"|{'---|' * (len(VERSIONS) + 2)}",
    ]
    for name, rule in sorted(RULES.items()):
        says = rule.says.replace("|", r"\|").replace("<", "&lt;").replace("_", r"\_")
        lines.append(f"| `{name}` | {says} | {' | '.join(firmness[rule.stand(version)] for version in VERSIONS)} |")
    return "\n".join(lines) + "\n"


def setup(app: Any) -> None:
    """Connect what is done at the beginning of a build."""
    app.add_config_value("executed_tutorials", "", "")
    app.connect("builder-inited", run_tutorials)
    app.connect("builder-inited", write_reference)
