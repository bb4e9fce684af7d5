"""Mapping files: what they can say, what they do, and errors that name file, line and the nearest right word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omzet.engines import Session
from omzet.errors import CallError
from omzet.settings import Settings
from omzet.sources import mapping
from omzet.sources.batch import Batch
from omzet.sources.files import open_paths

MAVEN = Path(__file__).parents[3] / "shared" / "data" / "maven-crm"

SMALL = """
[files.sales]
headers = ["Nr", "Klant", "Fase", "Bedrag"]
empty = ["-", "n.v.t."]
decimal = ","

[files.clients]
headers = ["Klant", "Branche"]

[[rows]]
table = "deals"
file = "sales"

[rows.columns]
deal_id = "Nr"
account_id = "Klant"
stage = "Fase"
status = { column = "Fase", values = { "Gewonnen" = "won", "Verloren" = "lost" }, otherwise = "open" }
amount = { column = "Bedrag", only_if = { Fase = ["gewonnen", "Offerte"] } }
monthly_amount = { column = "Bedrag", times = 1000 }
name = { columns = ["Klant", "Nr"], join = " / " }
pipeline = { text = "It's sales" }
source = { column = "Branche", of = "clients", match = { Klant = "Klant" } }

[[rows]]
table = "accounts"
file = "sales"
distinct = true
columns = { account_id = "Klant", name = "Klant" }

[[constants]]
table = "stages"
file = "sales"
rows = [
    { pipeline = "It's sales", stage = "Offerte", position = 1, kind = "open" },
    { pipeline = "It's sales", stage = "x", position = 2 },
]
"""

SALES = """Nr;Klant;Fase;Bedrag;Regio
1;Ada;Gewonnen;"1.000,50";Noord
2;Bo;Offerte;20;-
3;Ada;Verloren;30;Zuid
4;-;;n.v.t.;
5;Cy;GEWONNEN ;veel;
"""


def run(session: Session, folder: Path, text: str, **files: str) -> dict[str, Batch]:
    """The batches, by table, that a mapping makes of files with these contents."""
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content, encoding="utf-8")
    made = mapping.parse_mapping(text, "small.toml")
    batches, _ = mapping.batches(open_paths(paths, session), session, mappings=[made], settings=Settings())
    return {batch.table: batch for batch in batches}


def column(session: Session, batch: Batch, name: str) -> list[object]:
    return [value for (value,) in session.rows(f'SELECT "{name}" FROM ({batch.select}) AS b ORDER BY line')]


def test_a_mapping_does_what_it_says(session: Session, tmp_path: Path) -> None:
    batches = run(session, tmp_path, SMALL, sales=SALES, clients="Klant,Branche\nAda,Bouw\nBo,Zorg\nBo,Zorg\nCy,x\nCy,y\n")
    deals = batches["deals"]
    assert column(session, deals, "deal_id") == ["1", "2", "3", "4", "5"]
    assert column(session, deals, "account_id") == ["Ada", "Bo", "Ada", None, "Cy"]
    assert column(session, deals, "status") == ["won", "open", "lost", None, "won"]
    assert column(session, deals, "amount") == ["1.000,50", "20", None, None, "veel"]
    assert column(session, deals, "monthly_amount") == ["1000500.0000", "20000.0000", "30000.0000", None, "veel times 1000"]
    assert column(session, deals, "name") == ["Ada / 1", "Bo / 2", "Ada / 3", "4", "Cy / 5"]
    assert column(session, deals, "pipeline") == ["It's sales"] * 5
    assert column(session, deals, "source") == ["Bouw", "Zorg", "Bouw", None, None]
    assert deals.attributes == ("Regio",)
    assert column(session, deals, "Regio") == ["Noord", None, "Zuid", None, None]
    assert column(session, deals, "line") == [2, 3, 4, 5, 6]
    assert deals.decimal == {"amount": ","}
    assert sorted(column(session, batches["accounts"], "name"), key=str) == ["Ada", "Bo", "Cy"]
    assert batches["stages"].columns == ("pipeline", "stage", "position", "kind")
    assert column(session, batches["stages"], "kind") == ["open", None]


def test_a_lookup_file_that_is_not_there_is_named(session: Session, tmp_path: Path) -> None:
    deals = run(session, tmp_path, SMALL, sales=SALES)["deals"]
    assert column(session, deals, "source") == [None] * 5
    assert "Branche can't be looked up for sales.csv: the file 'clients' is not there" in deals.assumptions


def test_headers_and_values_can_not_inject_sql(session: Session, tmp_path: Path) -> None:
    evil = "x'; DROP TABLE staged; --"
    text = f"""
[files.a]
headers = ["id", 'we"ird; --']
empty = ["{evil}"]
[[rows]]
table = "deals"
[rows.columns]
deal_id = "id"
status = {{ column = 'we"ird; --', values = {{ "{evil}" = "{evil}" }} }}
name = {{ text = "{evil}" }}
"""
    deals = run(session, tmp_path, text, a='id,"we""ird; --"\n1,open\n')["deals"]
    assert column(session, deals, "status") == ["open"]
    assert column(session, deals, "name") == [evil]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[files.sales]", "[filez.sales]", "small.toml, line 2, filez: Unknown key 'filez'. Did you mean 'files'?"),
        ('table = "deals"', 'table = "deal"', "small.toml, line 11, rows[1].table: Unknown table 'deal'. Did you mean 'deals'?"),
        (
            'file = "sales"\n\n[rows',
            'file = "sale"\n\n[rows',
            "small.toml, line 12, rows[1].file: Unknown file 'sale'. Did you mean 'sales'?",
        ),
        ("amount = {", "amonut = {", "line 19, rows[1].columns.amonut: Unknown column of deals 'amonut'. Did you mean 'amount'?"),
        ("only_if =", "onlyif =", "line 19, rows[1].columns.amount.onlyif: Unknown key 'onlyif'. Did you mean 'only_if'?"),
        ('deal_id = "Nr"\n', "", "rows[1]: The table deals needs the column deal_id."),
        ('of = "clients"', 'of = "client"', "rows[1].columns.source.of: Unknown file 'client'. Did you mean 'clients'?"),
        ('decimal = ","', 'decimal = ";"', 'line 5, files.sales.decimal: It is either "." or ",".'),
        ('decimal = ","', 'date_order = "ddmm"', "files.sales.date_order: Unknown date order 'ddmm'."),
        ('decimal = ","', 'encoding = "utf-88"', "files.sales.encoding: 'utf-88' is not an encoding."),
        ("times = 1000", 'times = "k"', "rows[1].columns.monthly_amount.times: It is a whole number, such as 1000."),
        ("distinct = true", 'distinct = "yes"', "line 28, rows[2].distinct: It is either true or false."),
        (
            "position = 2",
            "positon = 2",
            "constants[1].rows[2].positon: Unknown column of stages 'positon'. Did you mean 'position'?",
        ),
        ("[files.sales]", 'timezone = "Europe/Amsterdm"\n[files.sales]', "Did you mean 'Europe/Amsterdam'?"),
        ('headers = ["Klant", "Branche"]', "", "files.clients: It needs `headers`"),
        ("[[constants]]", "[[constants", "small.toml is not valid TOML"),
    ],
)
def test_a_wrong_mapping_is_named_by_line_key_and_nearest_right_word(old: str, new: str, words: str) -> None:
    assert old in SMALL
    with pytest.raises(CallError) as raised:
        mapping.parse_mapping(SMALL.replace(old, new, 1), "small.toml")
    assert words in str(raised.value)


def test_the_mapping_chosen_for_a_load_goes_before_canonical_headers(session: Session, tmp_path: Path) -> None:
    text = '[files.a]\nheaders = ["deal_id", "status"]\n[[rows]]\ntable = "leads"\ncolumns = { lead_id = "deal_id" }\n'
    assert set(run(session, tmp_path, text, deals="deal_id,status\nD1,won\n")) == {"leads"}


def test_a_mapping_that_knows_none_of_the_files_names_the_missing_headers(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Nr,Klant,Fase\n1,2,3\n")
    with pytest.raises(CallError, match=r"small.toml knows none of these files: other.csv lacks the column 'Bedrag'|'Branche'"):
        mapping.require(mapping.parse_mapping(SMALL, "small.toml"), open_paths([path], session))


def test_a_mapping_states_the_encoding_of_its_files(session: Session, tmp_path: Path) -> None:
    text = (
        '[files.a]\nheaders = ["id", "stand", "naam"]\nencoding = "cp1250"\n'
        '[[rows]]\ntable = "deals"\ncolumns = { deal_id = "id", status = "stand", name = "naam" }\n'
    )
    made = mapping.parse_mapping(text, "a.toml")
    path = tmp_path / "a.csv"
    path.write_bytes("id,stand,naam\n1,won,Łódź\n".encode("cp1250"))
    (raw,) = open_paths([path], session, encodings=mapping.encodings([made]))
    assert session.rows(f"SELECT naam FROM {raw.relation}") == [("Łódź",)]
    assert raw.assumptions == ()


def test_the_example_in_the_documentation_loads() -> None:
    text = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert mapping.parse_mapping(example, "docs/mapping.md").name == "our-crm"


def test_a_mapping_states_the_zone_of_naive_times(session: Session, tmp_path: Path) -> None:
    batches = run(session, tmp_path, 'timezone = "America/New_York"\n' + SMALL, sales=SALES)
    assert batches["deals"].timezone == "America/New_York"


def test_the_workspaces_own_mappings_are_found(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "mine.toml").write_text(SMALL)
    known = mapping.known_mappings(tmp_path)
    assert [each.name for each in known] == ["mine", "maven-crm"]
    assert [each.shipped for each in known] == [False, True]


@pytest.mark.skipif(not MAVEN.is_dir() and "CI" not in os.environ, reason=f"the real set is not at {MAVEN}")
def test_the_real_set_of_a_hardware_seller_is_mapped_as_it_is_described(session: Session) -> None:
    batches, unrecognised = mapping.batches(
        open_paths([MAVEN], session), session, mappings=mapping.known_mappings(), settings=Settings()
    )
    assert unrecognised == []
    assert {batch.mapping for batch in batches} == {"maven-crm"}
    counted = {
        (batch.table, batch.raw.path): session.rows(
            f"SELECT COUNT(*), COUNT(DISTINCT {batch.columns[0]}) FROM ({batch.select}) AS b"
        )[0]
        for batch in batches
        if batch.table not in ("people", "stages")
    }
    assert counted == {
        ("deals", "maven-crm/sales_pipeline.csv"): (8800, 8800),
        ("accounts", "maven-crm/accounts.csv"): (85, 85),
        ("products", "maven-crm/products.csv"): (7, 7),
        ("teams", "maven-crm/sales_teams.csv"): (3, 3),
    }
    deals = next(batch for batch in batches if batch.table == "deals")
    assert deals.assumptions == ("dates in engage_date are day-month-year", "dates in close_date are day-month-year")
    assert session.rows(
        f"SELECT status, COUNT(*), COUNT(amount), SUM(CAST(amount AS INTEGER)) FROM ({deals.select}) AS b GROUP BY 1 ORDER BY 1"
    ) == [("lost", 2473, 0, None), ("open", 2089, 0, None), ("won", 4238, 4238, 10005534)]
    assert session.rows(f"SELECT COUNT(*) FROM ({deals.select}) AS b WHERE account_id IS NULL") == [(1425,)]
    assert session.rows(f"SELECT COUNT(*) FROM ({deals.select}) AS b WHERE created_at IS NULL") == [(500,)]
    products = next(batch for batch in batches if batch.table == "products")
    known = f"SELECT product_id FROM ({products.select}) AS p"
    assert session.rows(f"SELECT product_id FROM ({deals.select}) AS b WHERE product_id NOT IN ({known})") == []
    people = [batch for batch in batches if batch.table == "people"]
    roles = [
        session.rows(f"SELECT role, COUNT(*), COUNT(DISTINCT team_id) FROM ({batch.select}) AS b GROUP BY 1") for batch in people
    ]
    assert roles == [[("rep", 35, 3)], [("manager", 6, 3)]]
