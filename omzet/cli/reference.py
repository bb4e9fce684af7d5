"""The page docs/cli.md, made from the commands themselves: `python -m omzet.cli.reference > docs/cli.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

from omzet.cli.application import ABOUT, PANELS, application

HEAD = "<!-- Made by `python -m omzet.cli.reference > docs/cli.md`; a test fails when it differs. -->\n\n# The command line\n"


def reference() -> str:
    """The whole page as Markdown."""
    from typer.main import get_command

    root: Any = get_command(application())
    order = [command.__name__ for commands in PANELS.values() for command in commands]
    names = sorted(root.commands, key=lambda name: order.index(name) if name in order else order.index("load") + 0.5)
    parts = [HEAD, _text(ABOUT)]
    for name in names:
        parts += _described(f"omzet {name}", root.commands[name])
    return "\n".join(parts).rstrip("\n") + "\n"


def _described(path: str, command: Any) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner:
        for name in sorted(inner):
            yield from _described(f"{path} {name}", inner[name])
        return
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and "--help" not in each.opts]
    shown = " ".join(_place(each) for each in arguments)
    yield f"\n## {path}{' ' + shown if shown else ''}\n"
    yield _text(command.help or "")
    if arguments or options:
        yield "\n| | |\n|---|---|"
    for each in arguments:
        yield f"| `{each.metavar or each.name.upper()}` | {_cell(each)} |"
    for each in options:
        metavar = f" {each.metavar}" if each.metavar else "" if each.is_flag else f" {_kind(each)}"
        yield f"| `{', '.join(each.opts)}{metavar}` | {_cell(each)} |"


def _place(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required else f"[{name}]"


def _kind(option: Any) -> str:
    choices = option.type_descriptor.choices
    if choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    return "N"


def _cell(parameter: Any) -> str:
    text = (parameter.help or "").replace("|", "\\|")
    default = parameter.default
    shown = default not in (None, False, (), []) and not callable(default) and parameter.show_default is not False
    return f"{text} Default: {getattr(default, 'value', default)}." if shown else text


def _text(text: str) -> str:
    return inspect.cleandoc(text).replace("\n\f", "")


if __name__ == "__main__":
    sys.stdout.write(reference())
