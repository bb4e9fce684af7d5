"""How a template is filled: everything escaped, texts in the reader's language, the navigation for what they may open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request

from omzet.desk.roles import role_name
from omzet.web import front
from omzet.web.question_pages import PAGES
from omzet.web.reader import Reader


def environment() -> Environment:
    """The templates, everything escaped, an unknown name an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": front.asset, "icon": front.icon, "role_name": role_name, "question_pages": PAGES}
    return made


def translate(reader: Reader) -> Any:
    """`t` for templates: blanks are escaped, the text itself may hold markup."""

    def t(key: str, english: str, **blanks: object) -> Markup:
        kept = {name: value if isinstance(value, int) else escape(value) for name, value in blanks.items()}
        return Markup(reader.t(key, english, **kept))

    return t


def nav_link(reader: Reader) -> Any:
    """A link of the navigation, marked when it is the page on screen."""

    def link(path: str, picture: str, name: str, count: int = 0) -> Markup:
        here = Markup(' aria-current="page"') if reader.path == path or (path != "/" and reader.path.startswith(path)) else ""
        badge = Markup('<span class="nav-count">{}</span>').format(reader.number(count)) if count else ""
        return Markup('<a href="{}"{}>{}<span>{}</span>{}</a>').format(path, here, front.icon(picture), name, badge)

    return link


def accepted(request: Request) -> list[str]:
    """The languages a browser asks for, first wanted first."""
    header = request.headers.get("accept-language", "")
    return [part.split(";")[0].split("-")[0].strip().lower() for part in header.split(",")]
