"""Commands about accounts, for whoever can open the workspace's files."""

from __future__ import annotations

from typing import Annotated

import typer

from omzet.cli.options import WorkspaceOption, find_workspace
from omzet.cli.printing import note, print_text
from omzet.errors import CallError, unknown


def link(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose account it is.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Make a link by which somebody sets a new password, when no administrator can. Prints its address.

    It works once, within a day (an invitation: 7 days). The old password holds until then; the log says who made the link.

    Example:

        omzet link -w our-company noor@example.com
    """
    from omzet.desk.links import make_link
    from omzet.desk.users import email_key, list_users
    from omzet.desk.writing import By
    from omzet.workspace.desk import WorkspaceDesk
    from omzet.workspace.lock import read_holder

    place = find_workspace(workspace)
    desk = WorkspaceDesk(place)
    try:
        if not desk.has_users():
            raise CallError("Nobody has an account yet. The first one is made on the page of: omzet serve")
        by = By(None, "cli")
        users = {email_key(user.email): user for user in list_users(desk.open(), by) if user.email}
        if email_key(email) not in users:
            raise unknown("account", email, [user.email for user in users.values()])
        made = make_link(desk.open(), by, users[email_key(email)].id)
    finally:
        desk.close()
    holder = read_holder(place.path)
    address = holder.address if holder else None
    print_text(f"{address or 'http://127.0.0.1:8642/'}welcome/{made.token}")
    if not address:
        note("The pages are not served now. Start them with omzet serve, and put its address before /welcome.")
