"""Revenue, contracts, costs and exchange rates."""

from omzet.model.table import CURRENCY, choice, day, flag, identity, money, number, reference, table, text

REVENUE = table(
    "revenue",
    "Revenue lines as invoiced or recognised; credit notes are negative",
    identity("revenue_id", "The line's id"),
    reference("account_id", "accounts", "Account invoiced"),
    reference("deal_id", "deals", "Deal it follows from"),
    reference("product_id", "products", "Product invoiced"),
    day("recognised_on", "Day the revenue counts", required=True),
    money("amount", "Revenue; negative for a credit note", required=True),
    CURRENCY,
    flag("is_recurring", "Part of a recurring contract"),
    key=("revenue_id",),
)

CONTRACTS = table(
    "contracts",
    "Running agreements with a monthly amount",
    identity("contract_id", "The contract's id"),
    reference("account_id", "accounts", "Account"),
    reference("deal_id", "deals", "Deal it follows from"),
    reference("product_id", "products", "Product"),
    day("starts_on", "First day", required=True),
    day("ends_on", "Last day, included; empty means running"),
    money("monthly_amount", "Amount a month", required=True),
    CURRENCY,
    key=("contract_id",),
)

COST_CATEGORIES = (
    "sales_salaries",
    "commission",
    "sales_tools",
    "travel",
    "marketing_salaries",
    "media",
    "events",
    "cost_of_goods",
)

COSTS = table(
    "costs",
    "What selling and marketing cost, actual and budgeted",
    identity("cost_id", "The cost's id"),
    choice("kind", ("actual", "budget"), "Spent or planned; empty means actual"),
    day("from_on", "First day the cost covers", required=True),
    day("to_on", "Last day the cost covers, included", required=True),
    choice("category", COST_CATEGORIES, "What it was spent on", required=True, others=True),
    money("amount", "Cost", required=True),
    CURRENCY,
    reference("team_id", "teams", "Team it was spent for"),
    reference("person_id", "people", "Person it was spent for"),
    reference("campaign_id", "campaigns", "Campaign it was spent for"),
    text("source", "Lead source it was spent for"),
    key=("cost_id",),
)

EXCHANGE_RATES = table(
    "exchange_rates",
    "Rates of other currencies, dated",
    day("quoted_on", "Day from which the rate holds", required=True),
    text("currency", "ISO 4217 code", required=True),
    number("rate", "Reporting currency for one unit", required=True),
    choice("kind", ("actual", "plan"), "Market rate or the year's plan rate; empty means actual"),
    key=("quoted_on", "currency", "kind"),
)
