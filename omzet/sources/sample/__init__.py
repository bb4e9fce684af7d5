"""The sample company: Noordlicht, a fictional maker of lighting and energy installations, with planted truths.

Nothing in it is real. `write_sample` writes it as canonical CSV files; docs/sample.md tells what is planted.
"""

from omzet.sources.sample.company import write_sample
from omzet.sources.sample.truth import Truth

__all__ = ["Truth", "write_sample"]
