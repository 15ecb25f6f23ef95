"""`RepairWizard`: what validation finds, what of it can be mended, and the change as a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.mending.mends import MENDS
from omezarr_nb.core.mending.plan import MetadataPlan, repaired
from omezarr_nb.core.rules import RULES
from omezarr_nb.display.parts import frame, problems_html
from omezarr_nb.display.words import count, elide
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Step, note
from omezarr_nb.wizards.store import Loaded, StoreWizard
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict

__all__ = ["RepairForm", "RepairWizard"]


@dataclass(frozen=True, slots=True, eq=False)
class RepairForm:
    """What the form says: the store, what can be mended there, and what of that shall be (None for all)."""

    loaded: Loaded | None = None
    whole: MetadataPlan | None = None
    rules: tuple[str, ...] | None = None


class FindingsPart(Part):
    """A box to tick for each rule that can be mended, and what is left."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self._hint = ipywidgets.HTML()
        self.boxes: dict[str, ipywidgets.Checkbox] = {}
        self._list = ipywidgets.VBox()
        self._left = ipywidgets.HTML()
        self.body.children = (self._hint, self._list, self._left)

    def fill(self, form: RepairForm) -> None:
        """Make a box for each mend."""
        rules = form.whole.mends if form.whole is not None else ()
        chosen = rules if form.rules is None else form.rules
        with self.filling():
            self.boxes = {
                rule: ipywidgets.Checkbox(
                    value=rule in chosen, description=_words(rule, form), indent=False, layout={"width": "auto"}
                )
                for rule in rules
            }
        for control in self.boxes.values():
            self.on(control, "value", lambda _: self._take())
        self._list.children = tuple(self.boxes.values())

    def show(self, form: RepairForm, decision: Decision) -> None:
        """Say how much there is to mend, and list what somebody has to decide."""
        super().show(form, decision)
        if form.whole is None:
            self._hint.value = note("Choose an image, a plate or a collection first.")
            self._left.value = ""
            return
        found, mends = len(form.whole.before), len(form.whole.mends)
        if not found:
            words = "Nothing is wrong."
        elif not mends:
            words = f"{count(found, 'finding')}, of which none can be mended without guessing."
        else:
            words = f"{count(found, 'finding')}. What follows from what is there can be mended:"
        self._hint.value = note(words)
        listed = problems_html(form.whole.after)
        self._left.value = (
            frame(note("Left for you, because it cannot be told from what is there:"), listed) if listed else ""
        )

    def _take(self) -> None:
        self._change(rules=tuple(rule for rule, control in self.boxes.items() if control.value))


class RepairWizard(StoreWizard):
    """A form that finds what is wrong with the metadata of an image, a plate or a collection, and mends it.

    Only metadata is changed, and only what follows from what is there. The change is shown as a diff before.

    Parameters
    ----------
    source
        A path, a URL, or what `omezarr_nb.open` returned. None lets the person choose.
    rules
        Names of the rules that are mended at first; all that can be, by default.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose stores are listed; the kernel's by default.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.eye(64, dtype="uint8"), "broken.ome.zarr")
    >>> wizard = omezarr_nb.RepairWizard("broken.ome.zarr")
    >>> print(wizard.plan.diff())  # doctest: +SKIP
    """

    nothing = "Nothing yet: choose what is to be looked at."

    def __init__(
        self,
        source: Any = None,
        *,
        rules: tuple[str, ...] | None = None,
        namespace: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
    ) -> None:
        self._choose_from(namespace, folder)
        self._rules = rules
        self._findings = FindingsPart(self._changed)
        steps = [
            Step("Image", "What is to be mended?", self._store.body, frozenset({"source"})),
            Step("Findings", "What is wrong with it?", self._findings.body, frozenset({"rules"})),
        ]
        super().__init__(RepairForm(), Decision(), (self._store, self._findings), steps)
        self._preset(source)

    def _first(self, loaded: Loaded) -> RepairForm:
        return RepairForm(loaded, repaired(loaded.documents, loaded.where), self._rules)

    def _follow(self, form: RepairForm) -> Decision:
        if form.loaded is None or form.whole is None:
            return Decision()
        plan = form.whole
        if form.rules is not None:
            try:
                plan = repaired(form.loaded.documents, form.loaded.where, rules=form.rules)
            except OMEZarrError as error:
                return Decision(troubles=(Trouble("rules", str(error)),))
        if not plan.changed:
            words = "Nothing is to be mended." if not form.whole.mends else "Tick what is to be mended."
            return Decision(plan, (Trouble("nothing", words),), plan.to_code())
        return Decision(plan, (), plan.to_code())

    def _act_words(self, plan: MetadataPlan) -> tuple[str, str]:
        if not plan.changed:
            return "Nothing to mend", "Nothing of what is ticked is to be mended"
        words = f"Mend {count(len(plan.changed), 'document')} of"
        return f"{words} {elide(self._form.loaded.name, 60)}", f"{words} {plan.name}"

    def _done_words(self, result: Any) -> str:
        return f"Mended: {result.where}. {verdict(result)}"


def _words(rule: str, form: RepairForm) -> str:
    """Return what a mend does, and how often."""
    assert form.whole is not None
    counts = Counter(problem.rule for problem in form.whole.before)
    does = (getattr(MENDS[rule], "__doc__", None) or RULES[rule].says).strip().splitlines()[0].rstrip(".")
    times = f" ({count(counts[rule], 'place')})" if counts[rule] else ""
    return f"{does}{times}"
