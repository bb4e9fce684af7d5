"""How often signing in failed, by e-mail and by network address; kept in the desk, so that no restart forgets."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from omzet.desk.refusals import TooManyAttempts
from omzet.desk.tables import attempts
from omzet.desk.texts import storable
from omzet.desk.users import email_key
from omzet.desk.writing import Reading, Writing

WINDOW = timedelta(minutes=15)
BY_EMAIL = 10
BY_ADDRESS = 50
"""Higher, since an office or a mobile network shares one address."""


def begin_attempt(tx: Writing, email: str, address: str) -> int:
    """Count an attempt before the password is looked at, so that many at once can't pass the limit; its id.

    Raises TooManyAttempts when there were as many in the last 15 minutes as are allowed.
    """
    tx.remove_where(attempts, attempts.c.attempted_at <= tx.now - WINDOW)
    email_hash, network = _hash(email), network_of(address)
    waits = [_wait(tx, attempts.c.email_hash == email_hash, BY_EMAIL)]
    if network:
        waits.append(_wait(tx, attempts.c.address == network, BY_ADDRESS))
    if longest := max(waits):
        raise TooManyAttempts(longest)
    return tx.insert(attempts, {"email_hash": email_hash, "address": network, "attempted_at": tx.now})


def end_attempt(tx: Writing, email: str) -> None:
    """It was the right password: forget the attempts with that e-mail address."""
    tx.remove_where(attempts, attempts.c.email_hash == _hash(email))


def network_of(address: str) -> str:
    """What counts as one address: IPv4 whole, of IPv6 the first 64 bits, which one household or host has."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return storable(address)
    if isinstance(given, ipaddress.IPv6Address):
        if given.ipv4_mapped:
            return str(given.ipv4_mapped)
        return str(ipaddress.ip_network((given, 64), strict=False))
    return str(given)


def _wait(tx: Reading, which: ColumnElement[bool], limit: int) -> int:
    """Seconds until one more is allowed; 0 for now."""
    newest = select(attempts.c.attempted_at).where(which).order_by(attempts.c.attempted_at.desc(), attempts.c.id.desc())
    decisive = tx.value(newest.offset(limit - 1).limit(1))
    return 0 if decisive is None else max(1, int((decisive + WINDOW - tx.now).total_seconds()))


def _hash(email: str) -> str:
    """What people type here may be a password, so it is not kept as typed."""
    return hashlib.sha256(email_key(email).encode()).hexdigest()
