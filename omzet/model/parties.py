"""People, teams, accounts and contacts: who sells and who buys."""

from omzet.model.table import choice, day, flag, identity, instant, integer, money, number, reference, table, text

PEOPLE = table(
    "people",
    "Everyone who sells, manages or markets, and the queues and systems that own records",
    identity("person_id", "The person's id"),
    text("name", "Name as shown", required=True),
    text("email", "Work e-mail address"),
    choice("role", ("rep", "sdr", "manager", "leader", "marketing", "other", "queue", "system"), "What the person does"),
    reference("team_id", "teams", "Team the person is in now"),
    reference("manager_id", "people", "Person this one reports to"),
    text("country", "Country whose holidays apply"),
    number("fte", "Share of a full-time job"),
    day("started_on", "First working day"),
    day("ended_on", "Last working day"),
    flag("quota_carrier", "Carries a target; empty means: role is rep"),
    key=("person_id",),
)

TEAMS = table(
    "teams",
    "Teams and their hierarchy",
    identity("team_id", "The team's id"),
    text("name", "Name as shown", required=True),
    reference("parent_id", "teams", "Team this one belongs to"),
    reference("manager_id", "people", "Person who leads the team"),
    key=("team_id",),
)

ACCOUNTS = table(
    "accounts",
    "Companies that buy or may buy",
    identity("account_id", "The account's id"),
    text("name", "Name as shown", required=True),
    reference("parent_id", "accounts", "Account this one belongs to"),
    reference("owner_id", "people", "Person responsible for the account"),
    text("industry", "Line of business"),
    text("segment", "Segment, for example by size"),
    text("region", "Sales region"),
    text("country", "Country"),
    integer("employees", "Number of employees"),
    money("annual_revenue", "The account's own yearly revenue"),
    instant("created_at", "When the account was made"),
    day("customer_since_on", "First purchase, also from before the data"),
    key=("account_id",),
)

CONTACTS = table(
    "contacts",
    "People at accounts",
    identity("contact_id", "The contact's id"),
    reference("account_id", "accounts", "Account the contact works for"),
    text("name", "Name as shown"),
    text("email", "E-mail address"),
    text("role", "Role in buying"),
    key=("contact_id",),
)
