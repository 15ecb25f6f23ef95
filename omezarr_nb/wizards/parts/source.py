"""Choosing the pixels: a picture file of the kernel's machine, an upload, or an array of the notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.display.html import element, join
from omezarr_nb.display.words import bytes_text, elide
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.pictures import PICTURES, is_store, list_folder, list_stacks, save_upload, shown_path
from omezarr_nb.wizards.sources import Source, arrays_in, describe_array
from omezarr_nb.wizards.steps import Field, box, note, row

__all__ = ["SourcePart"]

_UP = "../"
_LIST = {"width": "100%", "height": "168px"}
_LABEL = {"description_width": "48px"}


class SourcePart(Part):
    """A list of files, a list of arrays, and a line about what was chosen.

    Parameters
    ----------
    change
        Not used: a source is announced by the two functions below.
    on_file
        Called with the path of a picture.
    on_files
        Called with a pattern of files and the axis that they are along.
    on_array
        Called with the name and the value of a variable.
    variables
        Returns the variables of the notebook.
    folder
        Whose files are listed first.
    """

    def __init__(
        self,
        change: Change,
        *,
        on_file: Callable[[Path], object],
        on_files: Callable[[str, str], object],
        on_array: Callable[[str, Any], object],
        variables: Callable[[], Mapping[str, Any]],
        folder: Path,
    ) -> None:
        super().__init__(change)
        self.folder = self._beginning = folder
        self._on_file, self._on_files, self._on_array, self._variables = on_file, on_files, on_array, variables
        self._arrays: dict[str, Any] = {}
        self.kind = ipywidgets.ToggleButtons(
            options=[("Picture file", "file"), ("Stack of files", "files"), ("Notebook", "array")],
            tooltip="Where the pixels come from",
        )
        self.kind.style.button_width = "108px"
        self.path = ipywidgets.Text(description="path", continuous_update=False, style=_LABEL, layout={"width": "100%"})
        self.files = ipywidgets.Select(options=[], description="files", layout=_LIST, style=_LABEL)
        self.open = ipywidgets.Button(description="Open folder", disabled=True, layout={"width": "auto"})
        self.again = ipywidgets.Button(
            description="Refresh", tooltip="List the files of the folder again", layout={"width": "auto"}
        )
        self.upload = ipywidgets.FileUpload(
            accept=",".join(PICTURES),
            description="Upload",
            tooltip="Put a picture of up to about 10 MB from your computer into this folder",
            layout={"width": "auto"},
        )
        self.arrays = ipywidgets.Select(options=[], description="arrays", layout=_LIST, style=_LABEL)
        self.look = ipywidgets.Button(
            description="Refresh", tooltip="List the variables of the notebook again", layout={"width": "auto"}
        )
        self._files = Field(self.files, name="source")
        self._names = Field(self.arrays, name="source")
        hint = ipywidgets.HTML(note("Upload puts a picture of up to about 10 MB into this folder."))
        self._file_pane = box(self._files, row(self.open, self.again, self.upload), self.path, hint, name="oz-stack")
        self._array_pane = box(self._names, row(self.look), name="oz-stack")
        self.stacks = ipywidgets.Select(
            options=[], description="stacks", style=_LABEL, layout={"width": "100%", "height": "112px"}
        )
        self._stacks = Field(self.stacks, name="stacks")
        self.pattern = ipywidgets.Text(
            description="pattern",
            placeholder="run7/*.tif",
            continuous_update=False,
            style=_LABEL,
            layout={"width": "100%"},
        )
        self.along = ipywidgets.Dropdown(
            options=[("planes (z)", "z"), ("times (t)", "t"), ("channels (c)", "c")],
            description="are",
            style=_LABEL,
            layout={"width": "220px"},
        )
        words = "Files of one size, sorted by the numbers in their names. * stands for anything: run7/*.tif"
        self._stack_pane = box(self._stacks, self.pattern, self.along, ipywidgets.HTML(note(words)), name="oz-stack")
        self._chosen = ipywidgets.HTML()
        self._about = Field(self._chosen, name="source")
        self.body.children = (self.kind, self._file_pane, self._stack_pane, self._array_pane, self._about)
        self.on(self.kind, "value", lambda _: self._show_pane())
        self.on(self.files, "value", self._take_entry)
        self.on(self.path, "value", self._take_path)
        self.on(self.stacks, "value", self._take_stack)
        self.on(self.pattern, "value", lambda _: self._take_pattern())
        self.on(self.along, "value", lambda _: self._take_pattern())
        self.on(self.arrays, "value", self._take_array)
        self.on(self.upload, "value", self._take_upload)
        self.open.on_click(lambda _: self._open_folder())
        self.again.on_click(lambda _: self.refresh())
        self.look.on_click(lambda _: self.refresh())
        self.refresh()
        self._show_pane()

    def refresh(self) -> None:
        """List the files and the arrays as they are now, keeping what is chosen."""
        self._arrays = arrays_in(self._variables())
        options = [(elide(describe_array(name, value), 80), name) for name, value in self._arrays.items()]
        with self.filling():
            chosen = self.arrays.value
            set_choices(self.arrays, options, chosen if chosen in self._arrays else None)
        self._names.say(
            note_=""
            if options
            else "The notebook has no arrays of 2 to 5 dimensions yet. Run a cell that makes one, then Refresh."
        )
        self._list(self.files.value)
        self._show_pane()

    def fill(self, form: ImageForm) -> None:
        """Show what was chosen."""
        self.show_chosen(form.source)

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Say why what was chosen cannot be an image; why something could not be chosen stands there already."""
        troubles = [trouble.message for trouble in decision.troubles if trouble.field == self._about.name]
        self._about.say(trouble=troubles if form.source else [])

    def show_chosen(self, source: Source | None, *, loading: str = "", error: str = "") -> None:
        """Show what was chosen, what is being loaded, or why it could not be."""
        if error:
            self._chosen.value = note(error, "oz-trouble", role="alert")
        elif loading:
            self._chosen.value = note(f"Reading {loading} …", role="status")
        elif source is None:
            self._chosen.value = note("Choose a file in the list, or an array of the notebook.", role="status")
        else:
            size = " × ".join(map(str, source.shape))
            words = join(
                element("b", elide(source.title, 60)), f" · {size} · {source.array.dtype} · {bytes_text(source.nbytes)}"
            )
            self._chosen.value = element("div", words, role="status") + "".join(note(text) for text in source.notes)

    def show_file(self, path: Path) -> None:
        """Show in the list and beside it that a file was chosen."""
        listed = path.parent == self.folder and any(entry == path.name for _, entry in self.files.options)
        with self.filling():
            self.path.value = shown_path(path)
            self.files.value = path.name if listed else None
            self.arrays.value = None

    def show_folder(self, folder: Path) -> None:
        """Show what is in a folder: its stacks, where it has any, for whoever passes a folder means all of it."""
        self.folder = folder
        with self.filling():
            self.kind.value = "files" if list_stacks(folder) else "file"
        self._list()
        self._show_pane()

    def show_array(self, name: str | None) -> None:
        """Show the arrays, and which of them was chosen; None for one that is no variable of the notebook."""
        with self.filling():
            self.kind.value = "array"
            self.arrays.value = name if name in self._arrays else None
        self._show_pane()

    def show_pattern(self, pattern: str) -> None:
        """Show that a stack of files was chosen."""
        with self.filling():
            self.kind.value = "files"
            self.pattern.value = pattern
        self._show_pane()

    def _take_stack(self, pattern: str | None) -> None:
        if pattern:
            self.pattern.value = self._written(pattern)

    def _take_pattern(self) -> None:
        with self.filling():
            self._list_stacks()
        if self.pattern.value.strip():
            self._on_files(self.pattern.value.strip(), self.along.value)

    def _show_pane(self) -> None:
        self._file_pane.layout.display = None if self.kind.value == "file" else "none"
        self._stack_pane.layout.display = None if self.kind.value == "files" else "none"
        self._array_pane.layout.display = None if self.kind.value == "array" else "none"
        if self.kind.value == "files":
            with self.filling():
                self._list_stacks()

    def _list_stacks(self) -> None:
        """List what may be a stack in the folder, with the one that is chosen."""
        found = list_stacks(self.folder)
        options = [(elide(f"{pattern} · {number} files", 80), pattern) for pattern, number in found]
        chosen = next((name for name, _ in found if self._written(name) == self.pattern.value.strip()), None)
        set_choices(self.stacks, options, chosen)
        words = "" if options else ". No two pictures of one kind are here or one folder below."
        self._stacks.say(note_=f"in {elide(self.folder, 60)}{words}")

    def _written(self, pattern: str) -> str:
        """Return a pattern of the folder as it is typed: relative to the folder that was listed first."""
        return shown_path(self.folder / pattern, self._beginning)

    def _list(self, chosen: str | None = None) -> None:
        """List a folder; a folder that cannot be read leaves the list empty, and says why."""
        up = [_UP] if self.folder.parent != self.folder else []
        try:
            found = list_folder(self.folder)
        except OMEZarrError as error:
            entries, words, trouble = up, "", [f"{error.what} {error.found}"]
        else:
            entries, trouble = [*up, *(f"{name}/" for name in found.folders), *found.pictures], []
            words = "" if found.pictures else f"No pictures in this folder ({', '.join(PICTURES).replace('.', '')})."
            if found.left_out:
                words = f"{found.left_out} more are not listed; type their path below."
        with self.filling():
            set_choices(
                self.files, [(elide(entry, 80), entry) for entry in entries], chosen if chosen in entries else None
            )
            self.path.placeholder = str(self.folder)
        self.open.disabled = not str(self.files.value or "").endswith("/")
        self._files.say(trouble=trouble, note_=f"in {elide(self.folder, 60)}" + (f". {words}" if words else ""))

    def _take_entry(self, entry: str | None) -> None:
        self.open.disabled = not str(entry or "").endswith("/")
        if entry and not entry.endswith("/"):
            self._take_file(self.folder / entry)

    def _open_folder(self) -> None:
        entry = str(self.files.value or "")
        if entry.endswith("/"):
            self.folder = self.folder.parent if entry == _UP else self.folder / entry[:-1]
            self._list()

    def _take_path(self, text: str) -> None:
        if not text.strip():
            return
        path = (self.folder / Path(text.strip()).expanduser()).resolve()
        if path.is_dir() and not is_store(path):
            self.folder = path
            self._list()
        else:
            self._take_file(path)

    def _take_file(self, path: Path) -> None:
        self.show_file(path)
        self._on_file(path)

    def _take_array(self, name: str | None) -> None:
        if name is None or name not in self._arrays:
            return
        with self.filling():
            self.files.value = None
            self.path.value = ""
        self._on_array(name, self._arrays[name])

    def _take_upload(self, files: tuple[Mapping[str, Any], ...]) -> None:
        if not files:
            return
        with self.filling():
            self.upload.value = ()
        try:
            path = save_upload(self.folder, files[0]["name"], files[0]["content"])
        except OMEZarrError as error:
            self._files.say(trouble=[str(error)])
            return
        self._list(path.name)
        self._take_file(path)
