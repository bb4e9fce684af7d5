"""A process that writes to a desk until it is killed: a user, its change and a link in each transaction; prints what is kept."""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

from omzet.desk.store import open_desk
from omzet.desk.tables import links, users
from omzet.desk.writing import By


def write(folder: str, where: str, hold: bool) -> None:
    """Write on and on; with `hold` begin one change and never end it."""
    with open_desk(Path(folder), where) as desk:
        print("open", flush=True)  # noqa: T201
        for number in itertools.count():
            name = f"{os.getpid()}-{number}"
            with desk.writing(By(None, "system")) as tx:
                user = {"name": "new", "role": "rep", "language": "en", "is_active": True, "created_at": tx.now}
                id = tx.insert(users, user)
                tx.change(users, id, {"name": name})
                link = {"user_id": id, "kind": "invite", "token_hash": name, "created_at": tx.now, "expires_at": tx.now}
                tx.insert(links, link)
                if hold:
                    print("held", flush=True)  # noqa: T201
                    time.sleep(60)
            print(id, flush=True)  # noqa: T201


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], "hold" in sys.argv[3:])
