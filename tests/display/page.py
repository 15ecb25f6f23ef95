"""What a browser or a sanitiser makes of a repr."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["Page", "parse"]

_VOID = ("br", "img")


class Page(HTMLParser):
    """The elements of a page, its text, and whether every element that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.style = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the element that was opened last is closed first."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text, apart from the style."""
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text, blanks of any kind as one space."""
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def parse(html: str) -> Page:
    """Return the elements of a page; every element must be closed."""
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page
