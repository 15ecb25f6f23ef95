"""`ConvertWizard`: an image, a plate or a collection in another version, or in other chunks, somewhere else."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.convert import plan_convert
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.image import Image
from omezarr_nb.core.opened import Opened
from omezarr_nb.core.pyramid.codecs import NAMES
from omezarr_nb.display.parts import frame, problems_html
from omezarr_nb.display.words import bytes_text, elide
from omezarr_nb.errors import ArgumentTypeError, OMEZarrError
from omezarr_nb.wizards.form import parse_chunks, target_options
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.guess import slug
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.parts.target import TargetPart
from omezarr_nb.wizards.place import first_target, other_target, place_words, resolved, with_place
from omezarr_nb.wizards.steps import Field, Step, note
from omezarr_nb.wizards.store import Loaded, StoreWizard
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict

__all__ = ["ConvertForm", "ConvertWizard"]

_LABEL = {"description_width": "96px"}
_WIDE = {"width": "340px", "max_width": "100%"}
_VERSIONS = {
    "0.6": "0.6, with coordinate systems (newest)",
    "0.5": "0.5, with Zarr 3 (current)",
    "0.4": "0.4, with Zarr 2 (for older programs)",
    "0.3": "0.3",
    "0.2": "0.2",
    "0.1": "0.1",
}


@dataclass(frozen=True, slots=True, eq=False)
class ConvertForm:
    """What the form says; see `omezarr_nb.plan_convert` for each, `chunks` as typed."""

    loaded: Loaded | None = None
    version: str = "0.5"
    drop: bool = False
    chunks: str = ""
    shards: str = "keep"
    compression: str = "keep"
    target: str = ""
    storage: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False
    kept: str = ""
    replace: bool = False

    @property
    def storage_options(self) -> dict[str, Any]:
        """What fsspec needs for the target."""
        return target_options(self.target, self.storage)


class VersionPart(Part):
    """The version, what it cannot say, and the layout of the pixels."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.version = ipywidgets.Dropdown(
            options=[(words, version) for version, words in _VERSIONS.items()],
            description="version",
            style=_LABEL,
            layout=_WIDE,
        )
        self._version = Field(self.version, name="version")
        self._losses = ipywidgets.HTML()
        self.drop = ipywidgets.Checkbox(
            description="leave out what this version cannot say", indent=False, layout={"width": "auto"}
        )
        self._drop = Field(self.drop, name="losses")
        self.chunks = ipywidgets.Text(description="chunks", placeholder="as they are", style=_LABEL, layout=_WIDE)
        self._chunks = Field(self.chunks, name="chunks")
        self.shards = ipywidgets.Dropdown(
            options=[("as they are", "keep"), ("put chunks together", "yes"), ("none", "no")],
            description="shards",
            style=_LABEL,
            layout=_WIDE,
        )
        self._shards = Field(self.shards, name="shards")
        self.compression = ipywidgets.Dropdown(
            options=[("as it is", "keep"), *((name, name) for name in NAMES)],
            description="compression",
            style=_LABEL,
            layout=_WIDE,
        )
        self.fields = [self._version, self._drop, self._chunks, self._shards]
        hint = note(
            "Pixels stay as they are. Chunks (the blocks that are read at once) are copied unless you change them:"
        )
        layout = (ipywidgets.HTML(hint), self._chunks, self._shards, self.compression)
        self.body.children = (self._version, self._losses, self._drop, *layout)
        for name in ("version", "drop", "shards", "compression"):
            self.on(getattr(self, name), "value", lambda value, name=name: self._change(**{name: value}))  # type: ignore[misc] # of a lambda
        self.on(self.chunks, "value", lambda value: self._change(typed=True, chunks=value))

    def fill(self, form: ConvertForm) -> None:
        """Show what the form says."""
        with self.filling():
            for name in ("version", "drop", "chunks", "shards", "compression"):
                getattr(self, name).value = getattr(form, name)

    def show(self, form: ConvertForm, decision: Decision) -> None:
        """Show what the version cannot say."""
        super().show(form, decision)
        plan = decision.plan
        losses = plan.losses if plan is not None else ()
        self._losses.value = frame(problems_html(losses)) if losses else ""
        self._drop.layout.display = None if losses else "none"
        opened = form.loaded.opened if form.loaded is not None else None
        if isinstance(opened, Image):
            self.chunks.placeholder = ", ".join(map(str, opened.levels[0].chunks))
            self._chunks.say(
                note_=f"along {', '.join(axis.name for axis in opened.axes)}; empty to leave them as they are"
            )
        words = f"It is OME-Zarr {opened.version} now." if opened is not None else "Choose an image first."
        self._version.say(note_=words)


class ConvertWizard(StoreWizard):
    """A form that writes an image, a plate or a collection in another version of OME-Zarr, or in other chunks.

    Parameters
    ----------
    source
        A path, a URL, or what `omezarr_nb.open` returned. None lets the person choose.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose stores are listed, and where it is written unless another place is given; the kernel's by default.
    **form
        What else the form says at first, by the names of `ConvertForm`: ``version``, ``target``, ``chunks``, ...

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.eye(64, dtype="uint8"), "old.zarr")
    >>> wizard = omezarr_nb.ConvertWizard("old.zarr", version="0.6")
    >>> wizard.plan.losses  # doctest: +SKIP
    ()
    """

    nothing = "Nothing yet: choose what is to be converted."

    def __init__(
        self,
        source: Any = None,
        *,
        namespace: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
        **form: Any,
    ) -> None:
        check_given(self, ConvertForm, form)
        self._choose_from(namespace, folder)
        self._given = form
        self._version = VersionPart(self._changed)
        self._target = TargetPart(self._changed, found=self._found, versions=False)
        steps = [
            Step("Image", "What is to be converted?", self._store.body, frozenset({"source"})),
            Step("Version", "Into what?", self._version.body, frozenset({"version", "losses", "chunks", "shards"})),
            Step("Write", "Where to?", self._target.body, frozenset({"target"})),
        ]
        parts = (self._store, self._version, self._target)
        super().__init__(ConvertForm(), Decision(), parts, steps)
        self._preset(source)

    def _first(self, loaded: Loaded) -> ConvertForm:
        if not isinstance(loaded.opened, Opened):
            raise ArgumentTypeError(
                "Labels are converted together with their image.", found=loaded.name, do="Choose the image."
            )
        version = "0.6" if loaded.opened.version == "0.5" else "0.5"
        wanted = self._given.get("version", version)
        target, _ = first_target(self._folder, f"{slug(loaded.name)}-{wanted}")
        return replace(ConvertForm(loaded, version=wanted, target=target), **self._given)

    def _look(self, form: ConvertForm) -> ConvertForm:
        return replace(form, taken=self._is_there(form.target))

    def _follow(self, form: ConvertForm) -> Decision:
        if form.loaded is None:
            return Decision()
        return with_place(follow(form), form.target)

    def _shown(self) -> None:
        form = self._form
        if form.taken:
            self._target.offer(other_target(form.target, form.loaded.name if form.loaded else "image"))
        self._target.note(place_words(form.target) if self._decision.ready else "")

    def _act_words(self, plan: ConvertPlan) -> tuple[str, str]:
        where = resolved(self._form.target)
        words = f"Write {bytes_text(plan.nbytes)} to"
        return f"{words} {elide(self._form.target.strip(), 60)}", f"{words} {where}"

    def _done_words(self, result: Any) -> str:
        return f"Written: OME-Zarr {result.version} at {result.where}. {verdict(result)}"


def follow(form: ConvertForm) -> Decision:
    """Return what follows from a form; only metadata that was read already is looked at."""
    assert form.loaded is not None
    troubles = _target_troubles(form)
    options: dict[str, Any] = {"version": form.version}
    if form.chunks.strip():
        chunks = parse_chunks(form.chunks)
        if chunks is None:
            return Decision(troubles=(*troubles, Trouble("chunks", "Chunks are whole numbers with commas between.")))
        options["chunks"] = chunks
    if form.shards != "keep":
        options["shards"] = True if form.shards == "yes" else None
    if form.compression != "keep":
        options["compression"] = form.compression
    options |= {"drop": True} if form.drop else {}
    options |= {"overwrite": True} if form.replace and form.taken else {}
    options |= {"storage_options": form.storage_options} if form.storage_options else {}
    if not form.target.strip():
        return Decision(troubles=tuple(troubles))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they stand in the plan
            plan = plan_convert(form.loaded.where, form.target.strip(), **options)
    except OMEZarrError as error:
        name = (
            "chunks"
            if str(error.where or "").startswith("chunks")
            else "shards"
            if "shards" in str(error.where)
            else "version"
        )
        return Decision(troubles=(*troubles, Trouble(name, f"{error.what} {error.do or ''}".strip())))
    if plan.refused:
        words = (
            "Tick below to leave this out." if plan.refused[0].severity != "error" else "This version cannot hold it."
        )
        troubles.append(Trouble("losses", words))
    return Decision(plan, tuple(troubles), plan.to_code())


def _target_troubles(form: ConvertForm) -> list[Trouble]:
    target = form.target.strip()
    if not target:
        return [Trouble("target", "Say where it is to be written.")]
    if not target.rstrip("/\\").endswith((".zarr", ".ozx")):
        return [Trouble("target", "The name of an OME-Zarr ends in .zarr, best in .ome.zarr.")]
    assert form.loaded is not None
    if resolved(target).rstrip("/") == str(form.loaded.opened.where).rstrip("/"):
        return [Trouble("target", "This is what is converted. Choose another name.")]
    if form.taken and not form.replace:
        return [Trouble("target", "There is something here already. It is left alone unless you tick “replace”.")]
    return []
