"""The same from a terminal. `main` is what the command `omzet` runs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn

STOPPED = 130
"""Exit code after Ctrl+C."""
STOPPED_TEXT = "\nStopped. The workspace is as the last complete change left it.\n"


class _Stopping:
    """Remembers that Ctrl+C was pressed, and lets it through."""

    def __init__(self) -> None:
        self.asked = False
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._stop)

    def _stop(self, *_: object) -> NoReturn:
        self.asked = True
        raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code: 0 done, 1 the data or the answer is wrong, 2 the call is wrong.

    A person's mistake gives one line on stderr, never a traceback; OMZET_DEBUG=1 shows the traceback of anything else.
    """
    if (sys.argv[1:] if arguments is None else arguments) in (["version"], ["--version"]):
        import omzet

        sys.stdout.write(f"{omzet.__version__}\n")  # asked by scripts at every start: nothing else is imported for it
        sys.exit(0)
    stopping = _Stopping()
    from typer import Abort, Exit, TyperException

    from omzet.cli.application import application
    from omzet.errors import OmzetError

    try:
        code = application()(args=arguments, prog_name="omzet", standalone_mode=False)
        sys.stdout.flush()
    except OmzetError as error:
        _say(str(error))
        code = error.exit_code
    except TyperException as error:
        _say(error.format_message().replace("Value error, ", ""))
        context = getattr(error, "ctx", None)
        if context is not None:
            sys.stderr.write(f"Help: {context.command_path} --help\n")
        code = error.exit_code
    except Exit as leaving:
        code = leaving.exit_code
    except (KeyboardInterrupt, Abort):
        sys.stderr.write(STOPPED_TEXT)
        code = STOPPED
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if stopping.asked:  # the engine reports Ctrl+C as an error of its own
            sys.stderr.write(STOPPED_TEXT)
            sys.exit(STOPPED)
        if os.environ.get("OMZET_DEBUG"):
            raise
        _say(f"Something went wrong inside Omzet: {type(error).__name__}: {error}\nSee where with: OMZET_DEBUG=1 omzet …")
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str) -> None:
    sys.stderr.write(f"omzet: {text}\n")
