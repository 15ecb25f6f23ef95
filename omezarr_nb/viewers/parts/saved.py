"""What is left of a view where there is no kernel: a small picture in the notebook, or a page of its own."""

from __future__ import annotations

import base64
import os
from concurrent.futures import Future
from html import escape
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from omezarr_nb.errors import TargetExistsError
from omezarr_nb.viewers.live import MARK, packed_view
from omezarr_nb.viewers.out import channel_looks, composed_of, label_looks
from omezarr_nb.viewers.page import page_html, saved_view, why_not_live
from omezarr_nb.viewers.part import Part
from omezarr_nb.viewers.snapshot import Sight
from omezarr_nb.viewers.still import encoded, still

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.viewers.labels import LabelLayers

__all__ = ["CompactLayout", "SavedPart"]

#: Bytes of the picture. It is saved with the cell's output and with the widget's state, of which some notebooks have
#: one and some both: so, ten views stay below 100 kB.
_STILL_BYTES = 900
_SIDE = 240
_PAGE_SIDE = 1200
#: Seconds that a cell waits for the picture. What is read for it is what the view asks for first.
_PATIENCE = 1.5


class CompactLayout(ipywidgets.Layout):  # type: ignore[misc] # ipywidgets has no types
    """A layout that says only what is set: the 40 others would make a fifth of a saved view."""

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state without what is None, which is what the browser begins with."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return state if key is not None else {name: value for name, value in state.items() if value is not None}


class SavedPart(Part):
    """The picture that is saved with a view, and `save_html`."""

    _still = traitlets.Unicode().tag(sync=True)

    _layers: LabelLayers

    @traitlets.default("layout")
    def _compact_layout(self) -> CompactLayout:
        return CompactLayout()

    def save_html(self, path: str | os.PathLike[str], *, title: str | None = None, overwrite: bool = False) -> None:
        """Save the view as a page that needs no kernel, and nothing else from the network than the image.

        An image that was opened by a public URL (``https://...``) is live in that page: the browser reads the tiles
        itself, from there. The server must let pages of other places read (CORS). Of any other image, and while the
        server does not answer, the page shows a still picture, and says so.

        Parameters
        ----------
        path
            Of the file, ``"view.html"``; about 0.2 MB.
        title
            Of the page; the image's name by default.
        overwrite
            Whether a file that is there is replaced.

        Raises
        ------
        TargetExistsError
            When there is a file, and `overwrite` is false.

        Examples
        --------
        >>> viewer.save_html("view.html")  # doctest: +SKIP
        """
        target = Path(path)
        if target.exists() and not overwrite:
            raise TargetExistsError("There is a file already.", where=str(target), do="Take overwrite=True, or a name.")
        why = self._why_not_live()
        saved = saved_view(self.get_state(), self.image, self._layers, why)  # type: ignore[attr-defined] # of the widget
        html = page_html(title or self.image.name, self._drawn(_PAGE_SIDE), self._in_words(), saved, why)
        # Whole or not at all.
        part = target.with_name(f".{target.name}.part")
        part.write_text(html, encoding="utf-8")
        part.replace(target)

    def _why_not_live(self) -> str:
        view: Any = self
        if len(view._members) > 1:
            return "Images over one another are put together by the kernel."
        if view.projection:
            return "Projections are computed by the kernel."
        return why_not_live(self.image)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the view, and for where none runs a small picture of it with a text in its place."""
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc] # of the widget
        if bundle is None:
            return None
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        text = self._in_words()
        data["text/plain"] = text
        drawn = self._small()
        if drawn is not None:
            picture, packed = drawn
            self._still = f"data:image/webp;base64,{base64.b64encode(encoded(picture, _STILL_BYTES)).decode()}"
            size = f'width="{picture.width}" height="{picture.height}"'
            words = f'alt="{escape(text)}" title="{escape(text)}"'
            data["text/html"] = f'<img src="{self._still}" {words} {size} {MARK}="{packed}">'
        return data, metadata

    def _small(self) -> tuple[PILImage, str] | None:
        """Return the picture, and what makes it live in a page ("" where nothing does).

        None where it cannot be read, or not soon: the view says why.
        """
        drawn: Future[tuple[PILImage, str]] = Future()

        def work() -> None:
            try:
                drawn.set_result((self._drawn(_SIDE), self._packed()))
            except Exception as error:  # a store and its codecs may raise anything; the tiles will say what
                drawn.set_exception(error)

        Thread(target=work, name="omezarr_nb-still", daemon=True).start()
        try:
            return drawn.result(_PATIENCE)
        except Exception:  # whatever a store raises, or too late: the view itself says why
            return None

    def _packed(self) -> str:
        if self._why_not_live():
            return ""
        state = self.get_state()  # type: ignore[attr-defined] # of the widget
        return packed_view(saved_view(state, self.image, self._layers, "", hidden_labels=False))

    def _drawn(self, side: int) -> PILImage:
        view: Any = self
        sight = None
        if view.zoom > 0 and len(view.center) == 2:
            sight = Sight(view.center[0], view.center[1], view.zoom, 1, view.height)
        return still(
            view._drawn_planes(),
            view.indices,
            channel_looks(view),
            label_looks(view, self._layers),
            side=side,
            sight=sight,
            compose=lambda seen: composed_of(view, seen),
            over=self._draw_over,
        )

    def _in_words(self) -> str:
        """Return what is seen, for those who do not see it."""
        view: Any = self
        sizes = {axis.name: size for axis, size in zip(self.image.axes, self.image.shape, strict=True)}
        plane = [f"{name} {index} of {sizes[name]}" for name, index in view.indices.items() if sizes[name] > 1]
        labels = [channel.label for channel, on in zip(self._planes.channels, view.visible, strict=False) if on]
        shown = [f"channels {', '.join(labels[:8])}"] if len(view.visible) > 1 else []
        over = [f"labels {', '.join(view.visible_labels)}"] if view.visible_labels else []
        return ", ".join([f"View of {self.image.name}", *plane, *shown, *over])[:500]
