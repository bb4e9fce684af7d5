"""A corpus of files as they should not be: each is written by code, with the rows it holds and what must become of it.

`rows` are the rows a person would count: what is staged and what is set aside together. A file with `refused` can't be
read at all; the words are in the error. `staged` is given where it isn't all of them.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet
import xlsxwriter

HEADER = "deal_id,name,status,amount"


@dataclass(frozen=True)
class BrokenFile:
    """One broken file: `write` makes it at a path that ends in `name`."""

    name: str
    write: Callable[[Path], None]
    rows: int | None
    staged: int | None = None
    refused: str | None = None


def _file(name: str, content: bytes, rows: int | None, staged: int | None = None, refused: str | None = None) -> BrokenFile:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return BrokenFile(name, write, rows, staged, refused)


def _text(name: str, text: str, rows: int | None, staged: int | None = None) -> BrokenFile:
    return _file(name, text.encode(), rows, staged)


def _deals(*lines: str, end: str = "\n") -> str:
    return end.join((HEADER, *lines)) + end


def _encodings() -> Iterator[BrokenFile]:
    lines = ("D1,Zoë van Dijk,won,100", "D2,Café Noir – Amsterdam,lost,200", "D3,Müller & Söhne,open,300")
    ends = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        for end_name, end in ends.items():
            yield _file(f"encoding-{encoding}-{end_name}.csv", _deals(*lines, end=end).encode(encoding), 3)
    marked = b"\xfe\xff" + _deals(*lines).encode("utf-16-be")
    yield _file("encoding-utf-16-be-marked.csv", marked, 3)
    yield _file("encoding-utf-16-odd-byte.csv", _deals(*lines).encode("utf-16") + b"\x41", None)
    yield _file("encoding-utf-16-lone-surrogate.csv", (_deals() + "D1,\ud800,won,1\n").encode("utf-16", "surrogatepass"), 1, 0)
    utf8, cp1252 = "D1,Zoë,won,1\n".encode(), "D2,Zoë,won,1\n".encode("cp1252")
    header = HEADER.encode() + b"\n"
    yield _file("encoding-mixed-lines.csv", header + utf8 + cp1252 + utf8, 3)
    yield _file("encoding-mixed-in-one-line.csv", header + b"D1,Zo\xc3\xab Zo\xeb,won,1\n" + utf8, 2)
    for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
        yield _file(
            f"encoding-no-encoding-{byte:02x}.csv", header + utf8 + b"D2,\xc3" + bytes([byte, byte]) + b"\xff,won,1\n", 2, None
        )
    yield _file("encoding-undefined-byte.csv", header + utf8 + b"D2,x\x81y,won,1\n" + utf8, 3, 2)
    yield _file("encoding-truncated-utf-8.csv", header + utf8 + "D2,Zoë".encode()[:-1], 2, 1)
    yield _file("encoding-overlong-utf-8.csv", header + b"D1,\xc0\xaf,won,1\n", 1)
    yield _file("encoding-utf-8-surrogates.csv", header + b"D1,\xed\xa0\x80\xed\xb0\x80,won,1\n", 1, None)
    yield _file("encoding-cp850.csv", _deals("D1,Zoë,won,1").encode("cp850"), 1)
    yield _file("encoding-shift-jis.csv", _deals("D1,日本語,won,1").encode("shift-jis"), 1, None)
    yield _file("encoding-koi8.csv", _deals("D1,Москва,won,1").encode("koi8-r"), 1)
    yield _file("encoding-two-marks.csv", b"\xef\xbb\xbf" + _deals(*lines).encode("utf-8-sig"), 3)
    yield _file("encoding-mark-inside.csv", header + b"\xef\xbb\xbfD1,a,won,1\n", 1)
    yield _file("encoding-replacement-character.csv", _deals("D1,Zo\ufffd,won,1").encode(), 1)


def _line_ends() -> Iterator[BrokenFile]:
    a, b, c = "D1,a,won,1", "D2,b,won,2", "D3,c,won,3"
    yield _text("ends-mixed.csv", f"{HEADER}\r\n{a}\n{b}\r{c}\r\n", 3)
    yield _text("ends-mixed-last-missing.csv", f"{HEADER}\n{a}\r\n{b}\r\n{c}", 3)
    yield _text("ends-header-cr-only.csv", f"{HEADER}\r{a}\n{b}\n", 2)
    yield _text("ends-reversed.csv", f"{HEADER}\n\r{a}\n\r{b}\n\r", 2)
    yield _text("ends-doubled-cr.csv", f"{HEADER}\r\r\n{a}\r\r\n{b}\r\r\n", 2)
    yield _text("ends-none.csv", f"{HEADER}\n{a}", 1)
    yield _text("ends-many-at-the-end.csv", f"{HEADER}\n{a}\n\n\n\n\n", 1)
    yield _text("ends-many-crlf-at-the-end.csv", f"{HEADER}\r\n{a}\r\n\r\n\r\n", 1)
    yield _text("ends-blank-lines-inside.csv", f"{HEADER}\n\n{a}\n\n\n{b}\n", 2)
    yield _text("ends-blank-lines-above.csv", f"\n\n\n{HEADER}\n{a}\n{b}\n", 2)
    yield _text("ends-lines-of-blanks.csv", f"{HEADER}\n   \n{a}\n\t\n{b}\n  \n", 2)
    yield _text("ends-form-feed.csv", f"{HEADER}\n{a}\x0c\n\x0c{b}\n", 2)
    yield _text("ends-vertical-tab.csv", f"{HEADER}\nD1,a\x0bb,won,1\n", 1)
    yield _text("ends-unicode-separators.csv", f"{HEADER}\nD1,a\u2028b\u2029c\x85d,won,1\n", 1)
    yield _text("ends-group-separators.csv", f"{HEADER}\nD1,a\x1cb\x1dc\x1ed,won,1\n{b}\n", 2)
    yield _text("ends-control-z.csv", f"{HEADER}\n{a}\n\x1a", 2, 1)
    yield _text("ends-cr-in-quotes.csv", f'{HEADER}\nD1,"a\rb",won,1\n{b}\n', 2)
    yield _text("ends-crlf-in-quotes.csv", f'{HEADER}\r\nD1,"a\r\nb",won,1\r\n{b}\r\n', 2)
    yield _text("ends-lf-in-quotes-crlf-outside.csv", f'{HEADER}\r\nD1,"a\nb",won,1\r\n{b}\r\n', 2)
    yield _text("ends-blank-lines-in-quotes.csv", f'{HEADER}\nD1,"a\n\n\nb",won,1\n{b}\n', 2)
    yield _text("ends-quote-over-many-lines.csv", HEADER + '\nD1,"' + "line\n" * 500 + f'",won,1\n{b}\n', 2)


def _ragged() -> Iterator[BrokenFile]:
    for name, separator in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):

        def lines(*rows: str, separator: str = separator) -> str:
            return "\n".join((HEADER, *rows)).replace(",", separator) + "\n"

        yield _text(f"ragged-short-{name}.csv", lines("D1,a,won,1", "D2,b", "D3,c,won,3"), 3, 2)
        yield _text(f"ragged-long-{name}.csv", lines("D1,a,won,1", "D2,b,won,2,x,y", "D3,c,won,3"), 3, 2)
        yield _text(f"ragged-surplus-empty-{name}.csv", lines("D1,a,won,1,", "D2,b,won,2,,,", "D3,c,won,3"), 3, 3)
        yield _text(f"ragged-only-separators-{name}.csv", lines("D1,a,won,1", ",,,", "D3,c,won,3"), 3, 3)
        yield _text(f"ragged-all-{name}.csv", lines("D1", "D2,b", "D3,c,won", "D4,d,won,4,5"), 4, 0)
        yield _text(f"ragged-last-cut-off-{name}.csv", lines("D1,a,won,1", "D2,b,wo").rstrip("\n"), 2, 1)
        yield _text(f"ragged-quoted-{name}.csv", lines('D1,"a",won,1', '"D2","b"', '"D3","c",won,3,"4"'), 3, 1)
        yield _text(
            f"ragged-in-the-middle-of-many-{name}.csv", lines(*["D1,a,won,1"] * 3000, "D2,b", *["D3,c,won,3"] * 3000), 6001, 6000
        )
    yield _text("ragged-space-separated.csv", "deal_id status\nD1 won\n", 1)
    yield _text("ragged-two-separators.csv", "deal_id;name;status\nD1;a,b;won\nD2;c,d;won\n", 2)
    yield _text("ragged-amounts-with-commas.csv", "deal_id,status,amount\nD1,won,1,234\nD2,won,5\n", 2, 1)


def _quotes() -> Iterator[BrokenFile]:
    good = [f"D{number},n,won,{number}" for number in range(1, 51)]
    for place, name in ((0, "first"), (25, "middle"), (49, "last")):
        for kind, bad in (("unclosed", 'Dx,"n,won,1'), ("text-after", 'Dx,"n"m,won,1'), ("unclosed-last-field", 'Dx,n,won,"1')):
            yield _text(f"quotes-{kind}-{name}.csv", _deals(*good[:place], bad, *good[place + 1 :]), 50, 49)
    quoted = ['D1,"n",won,1', 'D2,"m",won,2']
    yield _text("quotes-unclosed-before-quoted.csv", _deals('D0,"x,won,1', *quoted), 3, 2)
    yield _text("quotes-unclosed-twice.csv", _deals('D0,"x,won,1', *quoted, 'D3,"y,won,1', *quoted), 6, 4)
    yield _text("quotes-unclosed-every-row.csv", _deals(*[f'D{n},"x,won,{n}' for n in range(40)]), 40, None)
    yield _text("quotes-in-the-header-unclosed.csv", 'deal_id,"name,status,amount\nD1,a,won,1\n', None)
    yield _text("quotes-inches.csv", _deals('D1,19" screen,won,1', 'D2,7" tablet,won,2'), 2)
    yield _text("quotes-inches-quoted.csv", _deals('D1,"19"" screen",won,1', 'D2,"7"" tablet",won,2'), 2)
    yield _text("quotes-inches-not-doubled.csv", _deals('D1,"19" screen",won,1', "D2,b,won,2"), 2, 1)
    yield _text("quotes-backslash.csv", _deals('D1,"a \\"b\\" c",won,1', "D2,b,won,2"), 2, 2)
    yield _text("quotes-backslash-path.csv", _deals('D1,"C:\\",won,1', "D2,b,won,2"), 2, 2)
    yield _text("quotes-single.csv", "'deal_id','name','status','amount'\n'D1','a,b','won','1'\n", 1, 1)
    yield _text("quotes-apostrophes.csv", _deals("D1,'s-Hertogenbosch,won,1", "D2,O'Neill,won,2"), 2, 2)
    yield _text("quotes-curly.csv", _deals("D1,“a”,won,1", "D2,‘b’,won,2"), 2, 2)
    yield _text("quotes-blank-before.csv", _deals('D1, "a, b",won,1', "D2,b,won,2"), 2, 2)
    yield _text("quotes-blank-after.csv", _deals('D1,"a" ,won,1', "D2,b,won,2"), 2, 1)
    yield _text("quotes-everything.csv", '"deal_id","name","status","amount"\n"D1","a","won","1"\n', 1, 1)
    yield _text("quotes-empty.csv", _deals('"","","",""', 'D2,"",won,""'), 2, 2)
    yield _text("quotes-only-quotes.csv", _deals('"""","""""",won,1', "D2,b,won,2"), 2, 2)
    yield _text("quotes-lone-quote-line.csv", _deals("D1,a,won,1", '"', "D2,b,won,2"), 3, 2)
    yield _text("quotes-whole-line.csv", _deals('"D1,a,won,1"', "D2,b,won,2"), 2, 1)
    yield _text("quotes-break-and-short.csv", _deals('D1,"a\nb"', "D2,b,won,2"), None)
    yield _text("quotes-formula-text.csv", _deals('="D1",="0123",won,1', "D2,b,won,2"), 2, 2)


def _nul() -> Iterator[BrokenFile]:
    header = HEADER.encode() + b"\n"
    yield _file("nul-in-value.csv", header + b"D1,a\0b,won,1\nD2,b,won,2\n", 2, 1)
    yield _file("nul-at-line-start.csv", header + b"\0D1,a,won,1\nD2,b,won,2\n", 2, 1)
    yield _file("nul-at-end.csv", header + b"D1,a,won,1\n\0\0\0\0", 2, 1)
    yield _file("nul-block-at-end.csv", header + b"D1,a,won,1\n" + b"\0" * 100_000, 2, 1)
    yield _file("nul-in-quotes-over-lines.csv", header + b'D1,"a\nb\0c\nd",won,1\nD2,b,won,2\n', None)
    yield _file("nul-in-header.csv", b"deal_id,na\0me,status\nD1,a,won\n", None)
    yield _file("nul-only.csv", b"\0" * 5000, 1, 0)
    yield _file("nul-every-line.csv", header + b"D1,\0,won,1\n" * 100, 100, 0)


def _headers() -> Iterator[BrokenFile]:
    yield _text("header-only.csv", HEADER + "\n", 0)
    yield _text("header-only-no-end.csv", HEADER, 0)
    yield _text("header-twice.csv", _deals(HEADER, "D1,a,won,1"), 2, 2)
    yield _text("header-duplicate.csv", "deal_id,status,amount,amount\nD1,won,1,2\n", 1)
    yield _text("header-duplicate-capitals.csv", "deal_id,Status,STATUS,status\nD1,won,lost,open\n", 1)
    yield _text("header-empty-names.csv", "deal_id,,status,\nD1,a,won,b\n", 1)
    yield _text("header-all-empty-names.csv", ",,,\nD1,a,won,b\n", None)
    yield _text("header-reserved-names.csv", "deal_id,status,rowid,_line,line\nD1,won,1,2,3\n", 1)
    yield _text("header-long-name.csv", f"deal_id,status,{'x' * 5000}\nD1,won,1\n", 1)
    yield _text(
        "header-thousand-columns.csv",
        "deal_id,status," + ",".join(f"c{n}" for n in range(998)) + "\nD1,won" + ",1" * 998 + "\n",
        1,
    )
    yield _text("header-sql.csv", 'deal_id,status,"x""; DROP TABLE deals; --",\'); SELECT (\'\nD1,won,1,2\n', 1)
    yield _text("header-line-break.csv", 'deal_id,status,"two\nlines"\nD1,won,1\n', 1)
    yield _text("header-unicode.csv", "deal_id,status,größe,名前,🙂\nD1,won,1,2,3\n", 1)
    yield _text("header-blanks-around.csv", " deal_id , status ,  amount\nD1,won,1\n", 1)
    yield _text("header-with-hyphens.csv", "Deal ID,Status,Created-At\nD1,won,2026-01-01\n", 1)
    yield _text("header-sep-line.csv", "sep=;\ndeal_id;status\nD1;won\n", 1)
    yield _text("header-sep-line-odd.csv", "sep=^\ndeal_id^status\nD1^won\n", 1)
    yield _text("header-title-above.csv", f"Export of deals\n\n{HEADER}\nD1,a,won,1\n", 2, 1)
    yield _text("header-title-padded.csv", f"Export of deals,,,\n,,,\n{HEADER}\nD1,a,won,1\n", None)
    yield _text("header-missing.csv", "D1,a,won,1\nD2,b,lost,2\nD3,c,won,3\n", None)
    yield _text("header-missing-numbers.csv", "1,100.00,2026-01-01\n2,200.00,2026-01-02\n", 2, 2)
    yield _text("header-single-column.csv", "contact_id\nC1\nC2\n", 2)
    yield _text("header-single-column-blank-rows.csv", 'contact_id\nC1\n""\nC2\n', 3)
    yield _text("header-narrower-than-rows.csv", "deal_id,status\nD1,won,1\nD2,won,2\n", 2, 0)
    yield _text("header-total-row.csv", _deals("D1,a,won,1", "Total,,,1"), 2, 2)
    yield _text("header-comment-rows.csv", _deals("# a comment", "D1,a,won,1"), 2, 1)
    yield _text("header-markdown.csv", "| deal_id | status |\n|---|---|\n| D1 | won |\n", None)


def _long_lines() -> Iterator[BrokenFile]:
    long = "x" * 1_200_000
    yield _text("long-line-middle.csv", _deals("D1,a,won,1", f"D2,{long},won,2", "D3,c,won,3"), 3, 2)
    yield _text("long-line-first.csv", _deals(f"D1,{long},won,1", "D2,b,won,2"), 2, 1)
    yield _text("long-line-last-no-end.csv", _deals("D1,a,won,1", f"D2,{long}").rstrip("\n"), 2, 1)
    yield _text("long-line-quoted-breaks.csv", _deals('D1,"' + "line\n" * 300_000 + '",won,1', "D2,b,won,2"), None)
    yield _text("long-line-just-fits.csv", _deals(f"D1,{'x' * 999_000},won,1", "D2,b,won,2"), 2, 2)
    yield _text("long-line-separators.csv", _deals("D1,a,won,1", "," * 500_000, "D2,b,won,2"), 3, None)
    yield _text("long-line-only.csv", long, 1, 0)


def _values() -> Iterator[BrokenFile]:
    amounts = (
        "1000000000", "1e9", "1e308", "1e400", "-5", "inf", "-inf", "nan", "0x10", "1_000",
        "½", "١٢٣", "1.234,56", "1,234.56", "€ 1.234,56",
        "(100)", "12%", "--5", "1.2.3", "9" * 400, "#REF!", "N/A", "null", "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)",
        "+31612345678",
    )  # fmt: skip
    for number, amount in enumerate(amounts):
        yield _text(f"value-amount-{number:02}.csv", f'deal_id,name,status,amount\nD1,a,won,"{amount}"\nD2,b,won,2\n', 2, 2)
    dates = (
        "2999-12-31", "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01",
        "31-12-2026", "12-31-2026", "31.12.26",
        "1/2/2026", "20261231", "31122026", "2026-12-31T24:00:00", "2026-03-29T02:30:00",
        "2026-12-31 10:00 PM", "45000", "1767225600",
        "tomorrow", "infinity", "2026-W01-1", "31 dec 2026", "2026/12/31", "-2026-01-01", "2026-12-31T10:00:00+99:00",
    )  # fmt: skip
    for number, date in enumerate(dates):
        yield _text(f"value-date-{number:02}.csv", f"deal_id,name,status,closed_at\nD1,a,won,{date}\nD2,b,won,2026-01-01\n", 2, 2)
    for number, status in enumerate(("Won", "WON ", "gewonnen", "", "1", "true", "won;lost", "' OR 1=1 --")):
        yield _text(f"value-status-{number}.csv", f"deal_id,status\nD1,{status}\nD2,won\n", 2, 2)
    yield _text("value-duplicate-ids.csv", _deals("D1,a,won,1", "D1,b,lost,2", "D1,a,won,1"), 3, 3)
    yield _text("value-ids-differ-in-blanks.csv", _deals("D1,a,won,1", " D1,a,won,1", "D1 ,a,won,1"), 3, 3)
    yield _text("value-no-ids.csv", _deals(",a,won,1", ",b,won,2"), 2, 2)
    yield _text("value-long-ids.csv", _deals("D" * 100_000 + ",a,won,1"), 1, 1)
    yield _text("value-emoji.csv", _deals("D1,🙂👩‍👩‍👧‍👦,won,1", "D2,\u202eabc,won,2", "D3,e\u0301,won,3"), 3, 3)
    yield _text("value-html.csv", _deals("D1,<script>alert(1)</script>,won,1", "D2,{{7*7}},won,2"), 2, 2)
    yield _text("value-only-blanks.csv", _deals("D1,   ,won,  ", "D2,\u00a0,won,\t"), 2, 2)
    yield _text("teams-cycle.csv", "team_id,name,parent_id\nT1,a,T2\nT2,b,T3\nT3,c,T1\n", 3, 3)
    yield _text("teams-own-parent.csv", "team_id,name,parent_id\nT1,a,T1\n", 1, 1)
    yield _text("people-cycle.csv", "person_id,name,manager_id\nP1,a,P2\nP2,b,P1\n", 2, 2)
    yield _text("deal_credits-over-one.csv", "deal_id,person_id,share\nD1,P1,0.9\nD1,P2,0.9\n", 2, 2)
    yield _text(
        "deal_changes-unknown-deal.csv", "deal_id,field,value,changed_at\nDX,stage,x,2026-01-01\nD1,nofield,x,2026-01-01\n", 2, 2
    )
    yield _text("deals-merged-in-a-circle.csv", "deal_id,status,merged_into\nD1,won,D2\nD2,won,D1\n", 2, 2)


def _not_tables() -> Iterator[BrokenFile]:
    for name, content in (
        ("empty", b""), ("only-mark", b"\xef\xbb\xbf"), ("only-line-end", b"\n"),
        ("only-line-ends", b"\r\n" * 50), ("only-blanks", b"   \n  \n"),
    ):  # fmt: skip
        yield _file(f"nothing-{name}.csv", content, 0)
    yield _file("nothing-one-letter.csv", b"x", None)
    yield _file("nothing-one-quote.csv", b'"', None)
    yield _file("nothing-one-separator.csv", b",", None)
    yield _file("not-a-table-png.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, None)
    yield _file("not-a-table-pdf.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", None)
    yield _file("not-a-table-html.csv", b"<html><body><table><tr><td>D1</td></tr></table></body></html>", None)
    yield _file("not-a-table-json.csv", b'[{"deal_id": "D1", "status": "won"}]', None)
    yield _file("not-a-table-zip.csv", _zip({"deals.csv": _deals("D1,a,won,1").encode()}), None)
    yield _file("not-a-table-random.csv", bytes((n * n * 31 + n * 7) % 256 for n in range(20_000)), None)
    yield _file("not-a-table-python.txt", b"import os\nprint('x, y')\n", None)


def _zip(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _archives() -> Iterator[BrokenFile]:
    deals = _deals("D1,a,won,1", "D2,b,won,2").encode()
    good = _zip({"deals.csv": deals})
    yield _file("archive-good.zip", good, 2)
    yield _file("archive-climbing-name.zip", _zip({"../../../etc/deals.csv": deals}), 2)
    yield _file("archive-absolute-name.zip", _zip({"/deals.csv": deals}), 2)
    yield _file("archive-same-name-twice.zip", _twice(deals), 4)
    yield _file(
        "archive-with-others.zip",
        _zip({"deals.csv": deals, "readme.md": b"hi", "__MACOSX/._deals.csv": b"\0\0", ".hidden.csv": b"x"}),
        2,
    )
    yield _file("archive-truncated.zip", good[:-30], 0, refused="damaged")
    yield _file("archive-middle-damaged.zip", good[:40] + b"\xff\xff\xff" + good[43:], 0, refused="damaged")
    yield _file("archive-no-zip.zip", b"hello", 0, refused="damaged")
    yield _file("archive-empty-file.zip", b"", 0, refused="damaged")
    yield _file("archive-nothing-in-it.zip", _zip({}), 0)
    yield _file("archive-in-an-archive.zip", _zip({"inner.zip": good}), 0, refused="zip inside a zip")
    yield _file("archive-with-password.zip", _encrypted(good), 0, refused="password")
    yield _file("archive-lying-size.zip", _lying(good), 0, refused="damaged")
    yield _file(
        "archive-too-many.zip", _zip({f"{n}.csv": b"" for n in range(10_001)}, zipfile.ZIP_STORED), 0, refused="more than 10,000"
    )
    yield BrokenFile("archive-bomb.zip", _zip_bomb, 0, refused="times its size")
    yield BrokenFile("archive-bomb.csv.gz", _gzip_bomb, 0, refused="times its size")
    packed = gzip.compress(deals)
    yield _file("archive-good.csv.gz", packed, 2)
    yield _file("archive-two-members.csv.gz", packed + gzip.compress(b"D3,c,won,3\n"), 3)
    yield _file("archive-truncated.csv.gz", packed[:-12], 0, refused="damaged")
    yield _file("archive-garbage-after.csv.gz", packed + b"garbage", 0, refused="damaged")
    yield _file("archive-checksum.csv.gz", packed[:-8] + b"\0\0\0\0" + packed[-4:], 0, refused="damaged")
    yield _file("archive-no-gzip.csv.gz", deals, 0, refused="damaged")
    yield _file("archive-empty.csv.gz", b"", None)
    yield _file("archive-of-nothing.csv.gz", gzip.compress(b""), 0)


def _twice(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/deals.csv", content)
        archive.writestr("b/deals.csv", content)
    return out.getvalue()


def _encrypted(archive: bytes) -> bytes:
    """The archive with its flags saying that the member is encrypted."""
    place = archive.index(b"PK\x01\x02") + 8
    return archive[:6] + struct.pack("<H", 1) + archive[8:place] + struct.pack("<H", 1) + archive[place + 2 :]


def _lying(archive: bytes) -> bytes:
    """The archive with a directory that gives its member another size and checksum."""
    place = archive.index(b"PK\x01\x02") + 16
    return archive[:place] + struct.pack("<I", 1) + archive[place + 4 :]


def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("deals.csv", "w") as member:
        for _ in range(80):
            member.write(b"\n" * 1024**2)


def _gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=9) as packed:
        for _ in range(80):
            packed.write(b"D1,a,won,1\n" * 95_325)


def _workbook(rows: list[list[object]], **sheets: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True, "strings_to_formulas": False}) as book:
        for name, content in {"deals": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(content):
                for column, value in enumerate(row):
                    if isinstance(value, str) and value.startswith("=FORMULA"):
                        sheet.write_formula(at, column, "=1/0", None, "#DIV/0!")
                    elif value is not None:
                        sheet.write(at, column, value)
    return out.getvalue()


def _workbooks() -> Iterator[BrokenFile]:
    header: list[object] = ["deal_id", "name", "status", "amount"]
    good = _workbook([header, ["D1", "a", "won", 1.1], ["D2", "b", "lost", 2]])
    yield _file("workbook-good.xlsx", good, 2)
    yield _file(
        "workbook-two-sheets.xlsx", _workbook([header, ["D1", "a", "won", 1]], teams=[["team_id", "name"], ["T1", "x"]]), 2
    )
    yield _file("workbook-empty-sheets.xlsx", _workbook([], second=[], third=[header, ["D1", "a", "won", 1]]), 1)
    yield _file("workbook-nothing.xlsx", _workbook([]), 0)
    yield _file("workbook-header-only.xlsx", _workbook([header]), 0)
    yield _file(
        "workbook-blank-rows.xlsx", _workbook([header, [], ["D1", "a", "won", 1], [None, "  "], ["D2", "b", "won", 2]]), 2
    )
    yield _file("workbook-title-above.xlsx", _workbook([["Deals"], [], header, ["D1", "a", "won", 1]]), 2, 1)
    yield _file("workbook-offset.xlsx", _workbook([[], [], [None, None, *header], [None, None, "D1", "a", "won", 1]]), 1)
    yield _file("workbook-too-wide.xlsx", _workbook([header, ["D1", "a", "won", 1, "x"], ["D2", "b", "won", 2]]), 2, 1)
    yield _file("workbook-short-rows.xlsx", _workbook([header, ["D1"], ["D2", "b"]]), 2, 2)
    yield _file(
        "workbook-errors.xlsx", _workbook([header, ["D1", "a", "won", "=FORMULA"], ["D2", "b", "won", float("inf")]]), 2, 2
    )
    yield _file("workbook-formula-text.xlsx", _workbook([header, ["D1", "=cmd|' /C calc'!A0", "won", 1]]), 1, 1)
    yield _file(
        "workbook-large-numbers.xlsx",
        _workbook([header, ["D1", 1e15, "won", 1e300], ["D2", 0.1 + 0.2, "won", 123456789012345680]]),
        2,
        2,
    )
    yield _file("workbook-line-breaks.xlsx", _workbook([header, ["D1", "a\r\nb\rc\nd", "won", 1], ["D2", 'q"q', "won", 2]]), 2, 2)
    yield _file("workbook-duplicate-headers.xlsx", _workbook([["deal_id", "status", "status"], ["D1", "won", "lost"]]), 1, 1)
    yield _file("workbook-truncated.xlsx", good[: len(good) // 2], 0, refused="damaged")
    yield _file("workbook-is-text.xlsx", _deals("D1,a,won,1").encode(), 0, refused="no workbook")
    yield _file("workbook-is-a-zip.xlsx", _zip({"deals.csv": b"x"}), 0, refused="can't be read as a workbook")
    yield _file("workbook-bad-xml.xlsx", _spoiled(good), 0, refused="can't be read as a workbook")
    yield _file("workbook-empty.xlsx", b"", 0)
    yield _file("workbook-is-text.xls", _deals("D1,a,won,1").encode(), 0, refused="can't be read as a workbook")
    yield BrokenFile("workbook-bomb.xlsx", _zip_bomb, 0, refused="times its size")


def _spoiled(workbook: bytes) -> bytes:
    """The workbook with the XML of its first sheet cut off."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            target.writestr(member.filename, content[: len(content) // 2] if member.filename.endswith("sheet1.xml") else content)
    return out.getvalue()


def _parquet(columns: dict[str, object]) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


def _parquets() -> Iterator[BrokenFile]:
    good = _parquet({"deal_id": ["D1", "D2"], "status": ["won", "lost"], "amount": [1.5, None]})
    yield _file("parquet-good.parquet", good, 2)
    yield _file("parquet-no-rows.parquet", _parquet({"deal_id": pyarrow.array([], pyarrow.string())}), 0)
    yield _file(
        "parquet-nested.parquet", _parquet({"deal_id": ["D1"], "status": ["won"], "tags": [["a", "b"]], "more": [{"x": 1}]}), 1
    )
    yield _file("parquet-binary.parquet", _parquet({"deal_id": ["D1"], "status": ["won"], "photo": [b"\x00\xff"]}), 1)
    yield _file(
        "parquet-not-finite.parquet",
        _parquet({"deal_id": ["D1", "D2"], "status": ["won", "won"], "amount": [float("nan"), float("inf")]}),
        2,
    )
    yield _file(
        "parquet-reserved-names.parquet",
        _parquet({"deal_id": ["D1"], "status": ["won"], "rowid": [7], "line": [8], "_line": [9]}),
        1,
    )
    yield _file("parquet-same-but-capitals.parquet", _parquet({"deal_id": ["D1"], "status": ["won"], "Status": ["lost"]}), 1)
    yield _file("parquet-blank-texts.parquet", _parquet({"deal_id": ["D1", " "], "status": ["won", ""]}), 2)
    yield _file("parquet-truncated.parquet", good[: len(good) // 2], 0, refused="damaged")
    yield _file("parquet-middle-damaged.parquet", good[:4] + b"\xff" * 60 + good[64:], 0, refused="read")
    yield _file("parquet-is-text.parquet", _deals("D1,a,won,1").encode(), 0, refused="damaged")
    yield _file("parquet-empty.parquet", b"", 0)
    yield _file("parquet-tiny.parquet", b"PAR1", 0, refused="damaged")


CORPUS: tuple[BrokenFile, ...] = (
    *_encodings(),
    *_line_ends(),
    *_ragged(),
    *_quotes(),
    *_nul(),
    *_headers(),
    *_long_lines(),
    *_values(),
    *_not_tables(),
    *_archives(),
    *_workbooks(),
    *_parquets(),
)


def write_one_gigabyte_line(path: Path) -> None:
    """Deals with one line of a gigabyte between two good ones."""
    with path.open("wb") as handle:
        handle.write(HEADER.encode() + b"\nD1,a,won,1\nD2,")
        for _ in range(1024):
            handle.write(b"x" * 1024**2)
        handle.write(b",won,2\nD3,c,won,3\n")
