"""`python -m omzet`."""

from omzet.cli import main

main()
