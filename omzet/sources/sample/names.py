"""Word lists that names of people and companies are made of. All are combined by chance; none is meant to be anyone."""

from __future__ import annotations

from omzet.sources.sample.chance import Chance

# fmt: off
GIVEN = {
    "NL": (
        "Anouk", "Bram", "Carlijn", "Daan", "Eva", "Femke", "Gijs", "Hanneke", "Ilse", "Jasper", "Karin", "Lars", "Maaike",
        "Niels", "Oscar", "Petra", "Ruben", "Sanne", "Teun", "Ursula", "Vera", "Wouter", "Yara", "Marloes", "Thijs", "Roos",
        "Joris", "Lotte", "Stijn", "Fleur", "Koen", "Noor",
    ),
    "BE": (
        "Annelies", "Bart", "Charlotte", "Dries", "Elke", "Filip", "Griet", "Hannes", "Inge", "Jolien", "Kobe", "Lien",
        "Maarten", "Nele", "Pieter", "Silke", "Tom", "Veerle", "Wim", "Jonas",
    ),
    "DE": (
        "Anja", "Bernd", "Clara", "Dirk", "Elena", "Frank", "Greta", "Holger", "Ines", "Jörg", "Katrin", "Lukas", "Miriam",
        "Nils", "Paula", "Ralf", "Svenja", "Tobias", "Ulrike", "Volker",
    ),
}
FAMILY = {
    "NL": (
        "van Rietdijk", "Bakkum", "de Wilgen", "Hoogland", "Terpstra", "van Oosterzee", "Veldkamp", "Brinkhuis", "de Graauw",
        "Kuipers", "Molendijk", "Sluiswachter", "van Elzen", "Wagenaar", "Zandberg", "Haverkate", "de Kroon", "Noordhof",
        "Plas", "Roelvink", "Steenhuis", "Tichelaar", "van Wierden", "IJssel", "Dorenbos", "Lammers",
    ),
    "BE": (
        "Van Lindenberg", "Claessens", "De Bosschere", "Hermans", "Verlinden", "Wouters", "Van Eyckhout", "Maes", "Goossens",
        "De Ridder", "Lauwers", "Stevens", "Vandamme", "Coppens",
    ),
    "DE": (
        "Ahrens", "Brandl", "Dorn", "Ebert", "Falkner", "Gerber", "Hollmann", "Immel", "Kessler", "Lindner", "Menke", "Oswald",
        "Reuter", "Sander", "Thiel", "Vogt", "Winkler", "Zeller",
    ),
}
STEMS = {
    "NL": (
        "Rietveld", "Zuiderkade", "Noorderpoort", "Lindehof", "Molenzicht", "Havenkwartier", "Groenendaal", "Kastanje",
        "Veldzicht", "Waterkant", "Duinrand", "Heidehoek", "Sluisweg", "Polderdijk", "Bosrand", "Eikenlaan", "Merelhof",
        "Zilvermeer", "Kraanvogel", "Oeverland", "Stadshart", "Torenzicht", "Wilgenroos", "Zonneveld", "Ankerplaats",
    ),
    "BE": (
        "Scheldekant", "Leievallei", "Dijlehof", "Kempenland", "Brabantia", "Vlasveld", "Torenhof", "Meersen", "Zennebeek",
        "Polderhoek", "Kouterveld", "Rozenberg", "Hoogveld", "Abdijhof",
    ),
    "DE": (
        "Lindenhof", "Rheintal", "Morgenstern", "Bergblick", "Eichenau", "Nordwall", "Südkamp", "Weidengrund", "Falkenstein",
        "Silbersee", "Hohenweg", "Brückner", "Talheim", "Kronberg",
    ),
}
# fmt: on
TRADES = {
    "manufacturing": {
        "NL": "Metaaltechniek Machinefabriek Kunststoffen",
        "BE": "Metaalwerken Machines Kunststof",
        "DE": "Maschinenbau Metallwerke Kunststoffe",
    },
    "logistics": {
        "NL": "Transport Logistiek Opslag",
        "BE": "Transport Logistics Distributie",
        "DE": "Spedition Logistik Lagerhaus",
    },
    "retail": {"NL": "Supermarkten Bouwmarkt Mode", "BE": "Warenhuis Doe-het-zelf Mode", "DE": "Handel Baumarkt Mode"},
    "food": {"NL": "Bakkerijen Zuivel Kwekerij", "BE": "Bakkerij Brouwerij Diepvries", "DE": "Bäckereien Molkerei Getränke"},
    "offices": {"NL": "Vastgoed Adviesgroep Kantoren", "BE": "Vastgoed Advies Kantoren", "DE": "Immobilien Beratung Verwaltung"},
    "health": {"NL": "Zorggroep Kliniek Revalidatie", "BE": "Zorgnetwerk Kliniek Woonzorg", "DE": "Pflegezentrum Klinik Reha"},
    "education": {
        "NL": "Scholengroep Opleidingen Campus",
        "BE": "Scholengroep Opleidingen Campus",
        "DE": "Schulverbund Akademie Campus",
    },
}
FORMS = {"NL": ("B.V.", "B.V.", "Groep", "N.V."), "BE": ("BV", "NV", "Groep"), "DE": ("GmbH", "GmbH", "AG", "KG")}
BUYER_ROLES = ("decision maker", "technical buyer", "user", "finance", "facility manager")


def person_name(chance: Chance, country: str, taken: set[str]) -> str:
    """A first and last name of that country that nobody else in `taken` has."""
    while True:
        name = f"{chance.pick(GIVEN[country])} {chance.pick(FAMILY[country])}"
        if name not in taken:
            taken.add(name)
            return name


def colleague_name(chance: Chance, country: str, taken: set[str]) -> str:
    """The same with a family name and a first name that no one in `taken` has."""
    given = chance.pick([name for name in GIVEN[country] if name not in taken])
    family = chance.pick([name for name in FAMILY[country] if name not in taken])
    taken |= {given, family}
    return f"{given} {family}"


def company_name(chance: Chance, country: str, industry: str, taken: set[str]) -> str:
    """A company's name for that country and line of business, with a second word when the short one is taken."""
    trade = chance.pick(TRADES[industry][country].split())
    stem, form = chance.pick(STEMS[country]), chance.pick(FORMS[country])
    name = f"{stem} {trade} {form}"
    while name in taken:
        name = f"{chance.pick(STEMS[country])} & {chance.pick(STEMS[country])} {trade} {form}"
    taken.add(name)
    return name


def address(name: str, domain: str) -> str:
    """An e-mail address under the reserved top-level domain .example."""
    plain = name.lower().replace(" & ", "-")
    for letter, instead in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), (".", ""), (" ", ".")):
        plain = plain.replace(letter, instead)
    return f"{plain}@{domain}.example"
