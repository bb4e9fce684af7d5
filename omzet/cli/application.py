"""The commands, in the order in which a newcomer needs them."""

from __future__ import annotations

import typer

from omzet.cli import accounts, asking, keeping, loading, serving

ABOUT = """Measures sales performance: from an export of your CRM to trusted numbers, on a live page and here.

Start with `omzet demo` to look around in a sample company, or with your own data:

    omzet init our-company --currency EUR
    omzet load -w our-company export.csv
    omzet query -w our-company win_rate --by team --from this-year
    omzet serve -w our-company

Every command works while `omzet serve` runs on the same workspace. Exit codes: 0 done, 1 something is wrong with the
data or the answer, 2 the call is wrong. stdout carries only the answer."""

PANELS = {
    "Start": (keeping.init, serving.demo, serving.serve),
    "Data": (loading.load, loading.check),
    "Numbers": (asking.metrics, asking.query, asking.explain, asking.restatement),
    "Keeping": (accounts.link, keeping.backup, keeping.restore, keeping.version),
}


def application() -> typer.Typer:
    """The command line. What a command works with is imported when it runs."""
    app = typer.Typer(
        help=ABOUT,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for panel, commands in PANELS.items():
        for command in commands:
            app.command(rich_help_panel=panel)(command)
    app.add_typer(loading.mapping, name="mapping", rich_help_panel="Data")
    return app
