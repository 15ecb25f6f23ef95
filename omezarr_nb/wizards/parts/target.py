"""Where the image is written, in which version, and what becomes of what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ipywidgets

from omezarr_nb.display.words import elide
from omezarr_nb.wizards.browse import Listed, list_beside
from omezarr_nb.wizards.form import is_url
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.steps import Field, box, note, row
from omezarr_nb.wizards.work import Latest, error_words

__all__ = ["TargetPart"]

_LABEL = {"description_width": "96px"}
_WIDE = {"width": "340px", "max_width": "100%"}

#: What buckets ask for, by the beginning of their URL: the name in fsspec, words, and whether it is secret.
_OPTIONS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "s3": (("endpoint_url", "server", False), ("key", "access key", True), ("secret", "secret key", True)),
    "gs": (("token", "token", True),),
    "az": (("account_name", "account", False), ("account_key", "account key", True)),
    "abfs": (("account_name", "account", False), ("account_key", "account key", True)),
}
_SERVER = "empty for Amazon's own"


class TargetPart(Part):
    """A path or URL with what its bucket asks for, what to do if something is there, and the version.

    Parameters
    ----------
    change
        Called with what a person changes.
    found
        Called with the places at which something was seen.
    versions
        Whether the version can be chosen.
    """

    def __init__(
        self, change: Change, *, found: Callable[[frozenset[str]], object] | None = None, versions: bool = True
    ) -> None:
        super().__init__(change)
        self._found, self._versions = found, versions
        self._secrets: dict[str, str] = {}
        self.target = ipywidgets.Text(
            description="write to", placeholder="cells.ome.zarr", style=_LABEL, layout={"width": "100%"}
        )
        self._target = Field(self.target, name="target")
        self.other = ipywidgets.Button(description="Use another name", layout={"width": "auto"})
        self.replace = ipywidgets.Checkbox(description="replace it", indent=False, layout={"width": "auto"})
        self._taken = row(self.other, self.replace)
        self.options: dict[str, ipywidgets.Text] = {}
        self._options = box(name="oz-stack")
        self.look = ipywidgets.Button(
            description="Look what is there", tooltip="List what lies beside the target", layout={"width": "auto"}
        )
        self.there = ipywidgets.Select(
            options=[], description="is there", style=_LABEL, layout={"width": "100%", "height": "112px"}
        )
        self._there = Field(self.there, name="there")
        self._there.layout.display = "none"
        self.version = ipywidgets.Dropdown(
            options=[
                ("0.5, with Zarr 3 (current)", "0.5"),
                ("0.4, with Zarr 2 (for older programs)", "0.4"),
                ("0.6, with coordinate systems (newest)", "0.6"),
            ],
            description="version",
            style=_LABEL,
            layout=_WIDE,
        )
        self.fields = [self._target]
        tail = (self.version,) if versions else ()
        self.body.children = (self._target, self._taken, self._options, row(self.look), self._there, *tail)
        self._free = self._protocol = self._folder = ""
        self._form: Any = None
        self._lister: Latest[Listed] = Latest(self._listed)
        self.on(self.target, "value", lambda value: self._change(typed=True, target=value, replace=False))
        self.on(self.replace, "value", lambda value: self._change(replace=value))
        self.on(self.version, "value", lambda value: self._change(version=value))
        self.on(self.there, "value", self._take_entry)
        self.other.on_click(lambda _: self._take_other())
        self.look.on_click(lambda _: self.list())

    def fill(self, form: Any) -> None:
        """Show the target and the version."""
        with self.filling():
            self.target.value = form.target
            if self._versions:
                self.version.value = form.version
            self.replace.value = form.replace

    def offer(self, free: str) -> None:
        """Offer a name that is free."""
        self._free = free
        self.other.description = f"Use {elide(free.rpartition('/')[2], 60)}"
        self.other.tooltip = free

    def show(self, form: Any, decision: Any) -> None:
        """Offer another name, or to replace, where something is at the target; ask for what its bucket needs."""
        super().show(form, decision)
        self._form = form
        self._taken.layout.display = None if form.taken else "none"
        self.replace.layout.display = "none" if form.kept else None
        self.replace.description = f"replace {elide(form.target.rstrip('/').rpartition('/')[2], 60) or 'it'}"
        with self.filling():
            self.replace.value = form.replace
        folder = form.target.rstrip("/").rpartition("/")[0]
        if folder.rstrip("/") != self._folder.rstrip("/"):  # what is listed is of another place
            self._there.layout.display = "none"
        protocol = form.target.partition("://")[0].lower() if is_url(form.target) else ""
        if protocol != self._protocol:
            self._protocol = protocol
            self._ask(protocol)

    def note(self, words: str) -> None:
        """Say something about the place that does not forbid it."""
        self._target.say(note_=words)

    def list(self) -> None:
        """List what lies beside the target, in a thread."""
        self._change()  # what was typed just now counts, keys first of all
        self._there.layout.display = None
        self._there.say(trouble=(), note_="Looking …")
        self._folder = self.target.value.strip().rstrip("/").rpartition("/")[0]
        target, options = self.target.value, self._form.storage_options if self._form is not None else {}
        self._lister.start(lambda: list_beside(target, options))

    def _listed(self, end: Listed | Exception) -> None:
        if isinstance(end, Exception):
            self._there.say(trouble=[error_words(end)], note_="")
            return
        self._folder = end.folder
        with self.filling():
            set_choices(self.there, [(f"{name}{'' if '.' in name else '/'}", name) for name in end.names], None)
        more = " (the first of them)" if end.more else ""
        place = elide(end.folder, 60) or "this folder"
        words = f"in {place}{more}" if end.names else f"Nothing is in {place} yet."
        self._there.say(trouble=(), note_=words)
        if self._found is not None:
            self._found(frozenset(f"{end.folder}{name}" for name in end.names))

    def _take_entry(self, name: str | None) -> None:
        if not name:
            return
        if name.endswith((".zarr", ".ozx")):
            self.target.value = f"{self._folder}{name}"
        else:
            last = self.target.value.rstrip("/").rpartition("/")[2]
            self.target.value = f"{self._folder}{name}/{last}"
            self.list()

    def _ask(self, protocol: str) -> None:
        """Ask for what a bucket needs. What is secret is taken out of the control, which a notebook may save."""
        self.options, controls = {}, []
        for name, words, secret in _OPTIONS.get(protocol, ()):
            kind = ipywidgets.Password if secret else ipywidgets.Text
            hint = _SERVER if name == "endpoint_url" else "from the environment" if secret else ""
            given = self._form.storage.get(name, "") if self._form is not None else ""
            control = kind(
                value="" if secret else given, description=words, style=_LABEL, layout=_WIDE,
                placeholder="given" if secret and given else hint, continuous_update=not secret,
            )  # fmt: skip
            self.options[name] = control
            controls.append(control)
            if secret:
                self.on(control, "value", partial(self._take_secret, name))
            else:
                self.on(control, "value", lambda _: self._tell())
        hint = note("Keys stay in the kernel: they are in no saved notebook and in no code.") if controls else ""
        self._options.children = (*controls, ipywidgets.HTML(hint)) if controls else ()

    def _take_secret(self, name: str, value: str) -> None:
        if not value:
            return
        self._secrets[name] = value
        with self.filling():
            self.options[name].value = ""
            self.options[name].placeholder = "given"
        self._tell()

    def _tell(self) -> None:
        before = self._form.storage if self._form is not None else {}
        storage = {
            name: self._secrets.get(name, before.get(name, ""))
            if isinstance(control, ipywidgets.Password)
            else control.value
            for name, control in self.options.items()
        }
        self._change(typed=True, storage=storage)

    def _take_other(self) -> None:
        self.target.value = self._free
