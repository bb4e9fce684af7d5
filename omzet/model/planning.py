"""Targets, holidays, forecasts and what happens with people."""

from omzet.model.table import CURRENCY, choice, day, identity, money, number, reference, share, table, text

TARGETS = table(
    "targets",
    "What was agreed to reach, for a person, a team or the company",
    identity("target_id", "The target's id"),
    text("metric", "Metric it is set on", required=True),
    reference("person_id", "people", "Person it is for"),
    reference("team_id", "teams", "Team it is for"),
    text("filter", "Condition that limits it, written as in --where"),
    day("from_on", "First day", required=True),
    day("to_on", "Last day, included", required=True),
    number("value", "Value to reach, in the metric's unit", required=True),
    CURRENCY,
    choice("status", ("proposed", "agreed", "declined"), "Only agreed targets count; empty means agreed"),
    day("agreed_on", "Day both agreed"),
    key=("target_id",),
)

HOLIDAYS = table(
    "holidays",
    "Days off beside those of the country",
    day("observed_on", "The day", required=True),
    text("name", "Name as shown"),
    text("country", "Country it holds in; empty means everyone"),
    key=("observed_on", "country"),
)

FORECASTS = table(
    "forecasts",
    "Forecasts as they were made",
    day("made_on", "Day it was made", required=True),
    text("metric", "Metric forecast; empty means bookings_amount"),
    day("from_on", "First day of the period forecast", required=True),
    day("to_on", "Last day of the period forecast, included", required=True),
    reference("person_id", "people", "Person it is about"),
    reference("team_id", "teams", "Team it is about"),
    reference("deal_id", "deals", "Deal it is about"),
    choice("kind", ("commit", "best_case", "model"), "Who says so and how sure"),
    money("amount", "Point forecast"),
    share("probability", "Chance that the deal is won"),
    money("p10", "10 % quantile"),
    money("p50", "50 % quantile"),
    money("p90", "90 % quantile"),
    key=("made_on", "metric", "from_on", "to_on", "person_id", "team_id", "deal_id", "kind"),
)

PERSON_EVENTS = table(
    "person_events",
    "Absences, hours, reviews, actions, trainings and recognitions of people",
    identity("event_id", "The event's id"),
    reference("person_id", "people", "Person it is about", required=True),
    choice(
        "kind", ("absence", "selling", "other_work", "review", "action", "training", "recognition"), "What it is", required=True
    ),
    day("from_on", "First day", required=True),
    day("to_on", "Last day, included"),
    number("hours", "Hours worked or absent"),
    share("share", "Part of the working day"),
    day("due_on", "Day it is due"),
    day("done_on", "Day it was done"),
    text("status", "How it stands"),
    text("topic", "What it is about"),
    text("metric", "Metric it should move"),
    reference("by_person_id", "people", "Person who gave it"),
    reference("deal_id", "deals", "Deal it is about"),
    key=("event_id",),
)
