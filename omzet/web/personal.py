"""Everything that is kept about somebody, as one file to take away: JSON for programs, a table each for a spreadsheet."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from omzet import __version__
from omzet.desk.personal import WITHOUT, Personal, personal_data
from omzet.desk.roles import permissions
from omzet.web.export import csv_text
from omzet.web.reader import Reader
from omzet.web.site import Site
from omzet.workspace.desk import access_by, sees_single_deals
from omzet.workspace.personal import person_rows

Rows = list[dict[str, Any]]


def personal_file(site: Site, request: Request, id: int) -> Response:
    """The file about a user, as who asks may have it: their own, or with `manage_users` another's."""
    reader = site.reader(request)
    kept = personal_data(site.desk.open(), reader.who.by, id)
    name = f"omzet-{site.today.isoformat()}-{kept.user.id}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(packed(kept, _sales(site, kept), reader), media_type="application/zip", headers=headers)


def packed(kept: Personal, sales: dict[str, Rows], reader: Reader) -> bytes:
    """The ZIP: what it is, all of it as JSON, and each table that has rows as CSV."""
    whole = {"omzet": __version__, "desk": kept.tables, "sales": sales, "without": dict(WITHOUT)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("README.txt", _read_me(kept, reader))
        file.writestr("personal-data.json", json.dumps(whole, ensure_ascii=False, indent=1))
        for folder, tables in (("desk", kept.tables), ("sales", sales)):
            for name, rows in tables.items():
                if rows:
                    file.writestr(f"{folder}/{name}.csv", "\ufeff" + csv_text(list(rows[0]), [_flat(row) for row in rows]))
    return out.getvalue()


def _sales(site: Site, kept: Personal) -> dict[str, Rows]:
    """Their rows of the sales data, as they themselves may see them, whoever asks."""
    may = permissions(kept.user.role)
    access = access_by(site.workspace, may, kept.user.person_key or None)
    seen = sees_single_deals(site.workspace, may)
    return person_rows(site.workspace, access, sees_deals=seen, without=kept.withheld)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value for name, value in row.items()
    }


def _read_me(kept: Personal, reader: Reader) -> str:
    t = reader.t
    name = kept.user.shown(reader.language)
    lines = (
        t("web.privacy.file", "What Omzet keeps about {name}.", name=name),
        t("web.privacy.file_desk", "desk: the account, what was entered, agreed and said, and the lines of the log about it."),
        t("web.privacy.file_sales", "sales: the rows of the sales data in this name, as this role may see them."),
        t(
            "web.privacy.file_not",
            "Not in it: passwords, tokens and links, of which only hashes are kept, and private notes of others.",
        ),
    )
    return "\r\n".join([*lines, ""])
