"""Products, campaigns, stages, leads and deals: what is sold and how it goes."""

from omzet.model.table import (
    CURRENCY,
    choice,
    day,
    flag,
    identity,
    instant,
    integer,
    money,
    number,
    reference,
    share,
    table,
    text,
)

LOSS_KINDS = ("competitor", "no_decision", "price", "fit", "timing", "other")

PRODUCTS = table(
    "products",
    "What is sold",
    identity("product_id", "The product's id"),
    text("name", "Name as shown", required=True),
    text("family", "Product family"),
    money("list_price", "List price of one unit"),
    CURRENCY,
    key=("product_id",),
)

CAMPAIGNS = table(
    "campaigns",
    "Marketing campaigns",
    identity("campaign_id", "The campaign's id"),
    text("name", "Name as shown", required=True),
    text("source", "Channel the campaign runs in"),
    day("from_on", "First day"),
    day("to_on", "Last day, included"),
    key=("campaign_id",),
)

STAGES = table(
    "stages",
    "The stages of each pipeline, in their order",
    text("pipeline", "Pipeline the stage belongs to", required=True),
    text("stage", "The source's id of the stage, else its name", required=True),
    text("name", "Name as shown"),
    integer("position", "Place in the order; stages of kind lost have none, whatever stands here", required=True),
    choice("kind", ("open", "won", "lost"), "What a deal in this stage is"),
    share("probability", "Chance of winning that the source states for the stage"),
    flag("is_qualified", "False where deals don't count as opportunities yet; empty means yes"),
    key=("pipeline", "stage"),
)

LEADS = table(
    "leads",
    "People and companies that may become an opportunity",
    identity("lead_id", "The lead's id"),
    text("name", "Name as shown"),
    text("email", "E-mail address"),
    reference("owner_id", "people", "Person who follows up"),
    reference("team_id", "teams", "Team that follows up; empty means: the owner's that day"),
    reference("account_id", "accounts", "Account the lead belongs to"),
    reference("contact_id", "contacts", "Contact the lead became"),
    text("source", "The first source"),
    reference("campaign_id", "campaigns", "Campaign that brought the lead"),
    choice("status", ("new", "working", "qualified", "converted", "disqualified"), "Where the lead stands"),
    instant("created_at", "When the lead came in"),
    instant("contacted_at", "First contact"),
    instant("marketing_qualified_at", "When marketing found it good enough"),
    instant("qualified_at", "When sales found it good enough"),
    instant("converted_at", "When it became an opportunity"),
    instant("disqualified_at", "When it was turned down"),
    text("disqualify_reason", "Why it was turned down"),
    reference("deal_id", "deals", "Deal the lead became"),
    key=("lead_id",),
)

DEALS = table(
    "deals",
    "Opportunities, open and closed",
    identity("deal_id", "The deal's id"),
    text("name", "Name as shown"),
    reference("account_id", "accounts", "Account that buys"),
    reference("owner_id", "people", "Person who owns the deal now"),
    reference("team_id", "teams", "Team that owns the deal; empty means: the owner's that day"),
    choice("kind", ("new", "expansion", "renewal"), "New business, expansion or renewal"),
    text("pipeline", "Pipeline the deal is in"),
    text("stage", "Stage the deal is in now"),
    choice("status", ("open", "won", "lost", "disqualified"), "How the deal stands now", required=True),
    money("amount", "Estimated value while open, actual value once closed; if empty the sum of the deal's lines"),
    CURRENCY,
    money("monthly_amount", "Recurring part a month, never added to amount"),
    share("probability", "Chance of winning as typed in the source"),
    reference("product_id", "products", "Main product"),
    text("source", "Where the deal came from"),
    reference("campaign_id", "campaigns", "Campaign that brought the deal"),
    text("competitor", "Main competitor"),
    text("playbook", "Sales method followed"),
    instant("created_at", "When the deal was made"),
    instant("first_contact_at", "First contact with the buyer"),
    instant("closed_at", "When it was won or lost by the business's own date, not the day of entry", ends_day=True),
    day("expected_close_on", "Day it is expected to close"),
    text("forecast_category", "Forecast category typed in the source"),
    text("loss_reason", "Why it was lost, in the source's words"),
    choice("loss_kind", LOSS_KINDS, "Why it was lost, in Omzet's kinds"),
    key=("deal_id",),
)

DEAL_LINES = table(
    "deal_lines",
    "Products on a deal, in the deal's currency",
    text("line_id", "The line's id; without it each load replaces the deal's lines as a set"),
    reference("deal_id", "deals", "Deal the line belongs to", required=True),
    reference("product_id", "products", "Product sold"),
    number("quantity", "Units; returns are negative", required=True),
    money("unit_price", "Price of one unit after discount"),
    money("unit_cost", "Cost of one unit"),
    money("list_price", "List price of one unit"),
    key=("line_id",),
    parent="deal_id",
)

DEAL_CREDITS = table(
    "deal_credits",
    "How a deal's credit is split over people",
    reference("deal_id", "deals", "Deal", required=True),
    reference("person_id", "people", "Person credited", required=True),
    choice("kind", ("revenue", "overlay"), "Revenue credits sum to the deal; overlays never enter totals"),
    share("share", "Part of the deal credited", required=True),
    key=("deal_id", "person_id", "kind"),
    parent="deal_id",
)

DEAL_CONTACTS = table(
    "deal_contacts",
    "Contacts involved in a deal",
    reference("deal_id", "deals", "Deal", required=True),
    reference("contact_id", "contacts", "Contact", required=True),
    text("role", "Role in the purchase"),
    flag("is_primary", "The main contact"),
    key=("deal_id", "contact_id"),
    parent="deal_id",
)
