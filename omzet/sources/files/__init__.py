"""Tables in files: CSV, XLSX, Parquet, gzip, folders and zips of them."""

from omzet.sources.files.limits import LIMITS, Limits
from omzet.sources.files.paths import open_paths

__all__ = ["LIMITS", "Limits", "open_paths"]
