"""The whole sample, put together and written."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from omzet.sources.sample import leads as lead_source
from omzet.sources.sample import market as market_place
from omzet.sources.sample import people as staff_room
from omzet.sources.sample.clock import Clock, quarter_before, quarter_start
from omzet.sources.sample.deals import new_business
from omzet.sources.sample.outcomes import draw
from omzet.sources.sample.people import Staff
from omzet.sources.sample.tables import write_table
from omzet.sources.sample.truth import SHIFT_LIFT, TRAINING_EFFECT, MixShift, Training, Truth
