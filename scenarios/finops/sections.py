"""The tables and charts of a cost report, from receipts: what tools returned, never what a model said of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crews.report.sections import Cell, Section
from runtime.records import Record
from scenarios.finops.charts import causes_chart, weeks_chart
from scenarios.finops.outlook_section import outlook_section
from tools.costs.labels import shown
from tools.costs.letters import since
from tools.world import World

Row = Mapping[str, Any]

_MOST_PLACES = 12


def sections(records: Sequence[Record], world: World) -> Sequence[Section]:
    """What was spent, what changed and why, what can be saved, what nobody owns: as far as there are receipts."""
    found: dict[str, Any] = {}
    for record in records:
        if record.kind == "tool.done" and not (
            record.body["tool"] == "show_trend" and record.body["result"]["by"] != "service"
        ):
            found[record.body["tool"]] = record.body["result"]
    names = {one.mail: one.name for one in world.directory.people}
    made = (
        _spent(found.get("read_bill"), found.get("show_trend")),
        _restated(found.get("read_bill")),
        _causes(found.get("find_anomalies"), names),
        outlook_section(records),
        _machines(found.get("review_machines"), records, names),
        _savings(found.get("check_savings")),
        _invoices(found.get("read_bill")),
        _unused(found.get("find_unused_commitments"), names),
        _untagged(found.get("find_untagged"), names),
        _aside(found.get("find_anomalies")),
    )
    return [one for one in made if one is not None]


def _spent(bill: Row | None, trend: Row | None) -> Section | None:
    if not bill:
        return None
    weeks = [one for one in (trend or {}).get("rows", ()) if one.get("whole")]
    starts = sorted({str(one["from"]) for one in weeks})
    rows: list[tuple[Cell, ...]] = []
    for total in bill["totals"]:
        currency = total["currency"]
        now, before = (_sum(weeks, currency, part) for part in (starts[-4:], starts[-8:-4]))
        change = f"{100 * (now - before) / before:+.1f} %" if before and len(starts) >= 8 else None
        rows.append(
            (currency, _money(now), _money(before), change, _money(total["billed"]), _money(total["effective"]))
        )
    files = sum(one["rejected"] for one in bill["files"])
    note = (
        f"Bills up to {bill['billed_until'][:10]}; days after {bill['final']} are provisional. The chart shows whole "
        "weeks of EffectiveCost, what was used up; what was billed stands apart. Currencies are never added."
    ) + (f" {files} rows could not be read." if files else "")
    columns = ("Currency", "Used, last 4 weeks", "4 weeks before", "Change", "Billed in all", "Used up in all")
    return Section("What was spent", columns, tuple(rows), note, weeks_chart((trend or {}).get("rows", ())))


def _restated(bill: Row | None) -> Section | None:
    if not bill or not bill["restated"]:
        return None
    rows = tuple((one["day"], one["currency"], _money(one["before"]), _money(one["after"])) for one in bill["restated"])
    note = "A later export changed what these days cost. Everything here is by the newest export."
    return Section("Days that were restated", ("Day", "Currency", "Before", "Now"), rows, note)


def _causes(found: Row | None, names: Mapping[str, str]) -> Section | None:
    if not found:
        return None
    rows = tuple(
        (
            f"{one['kind'].capitalize()}\n{one['cause']}",
            f"{shown(one['service'])}\naccount {shown(one['account'])}\n{shown(one['region'])}"
            + (f"\nalso {', '.join(shown(name) for name in one['also'])}" if one["also"] else ""),
            f"{one['amount']:,.2f} {one['currency']}\n{one['daily']:,.2f} a day"
            + (f"\n{one['percent']:+.0f} %" if one["percent"] is not None else ""),
            f"since {since(one)}\nto {one['last']}",
            "\n".join(_driver(one)),
            f"{names.get(one['owner'], one['owner'])}\n({one['owner_because']})",
            one["confidence"] + (f"\n{one['quiet']}" if one["quiet"] else ""),
        )
        for one in found["causes"]
    )
    note = found.get("note") or (
        "Each cause once, against the same weekdays of the weeks before; red are the days that stand out."
    )
    columns = ("Cause", "Where", "Cost over the usual", "When", "Driver", "Owner", "Sure")
    return Section("What changed, and why", columns, rows, note[:1].upper() + note[1:], causes_chart(found["causes"]))


def _driver(cause: Row) -> Iterator[str]:
    if not cause["resource"]:
        yield "many resources"
        return
    yield shown(cause["resource_name"]) or shown(cause["resource"], 40)
    if cause["resource_name"]:
        yield shown(cause["resource"], 40)
    yield f"{100 * cause['share']:.0f} % of it" + (f", {shown(cause['sku'], 30)}" if cause["sku"] else "")


def _machines(review: Row | None, records: Sequence[Record], names: Mapping[str, str]) -> Section | None:
    if not review:
        return None
    done = {
        str(one.body["args"].get("machine"))
        for one in records
        if one.kind == "tool.done" and one.body["tool"] in ("stop_machine", "resize_machine")
    }
    asked = {str(one.body["args"].get("machine")) for one in records if one.kind == "approval.requested"}
    rows = tuple(
        (
            f"{shown(one['name']) or one['machine']}\n{one['machine']}",
            f"{one['action']} {one['size']}".strip(),
            None if one["action"] != "keep" and one["saving"] is None else _saving(one),
            one["why"] + (f"\nback: {one['rollback']}" if one["rollback"] else ""),
            names.get(one["owner"], one["owner"]),
            _standing(one, done, asked),
        )
        for one in sorted(
            review["machines"], key=lambda one: (one["action"] == "keep", -(one["saving"] or 0), one["machine"])
        )
    )
    window = _window(review["change_window"])
    note = f"Changes are made on {window} only, each with its owner's leave and a snapshot before."
    return Section(
        "What need not be paid for", ("Machine", "Advice", "Saves a month", "Why", "Owner", "State"), rows, note
    )


def _saving(machine: Row) -> str:
    if machine["action"] == "keep":
        return "–"
    stranded = machine["stranded_commitment"]
    more = f"\nbesides, {stranded:,.2f} of {shown(machine['commitment'])} would go unused" if stranded else ""
    return f"{machine['saving']:,.2f} {machine['currency']}{more}"


def _standing(machine: Row, done: set[str], asked: set[str]) -> str:
    if machine["machine"] in done:
        return "done"
    if machine["action"] == "keep":
        return ""
    if machine["forbidden"]:
        return f"left to people: {machine['forbidden']}"
    return "waits for its owner" if machine["machine"] in asked else "not done"


def _savings(found: Row | None) -> Section | None:
    if not found or not found["changes"]:
        return None
    rows = tuple(
        (one["thing"], f"{one['action']}, {one['on']}", one["estimated"], one["saved"], one["currency"], one["verdict"])
        for one in found["changes"]
    )
    note = "What the bill says of the days since each change, per 30 days; the estimate is only for comparison."
    columns = ("Machine", "Change", "Estimated", "Saved", "Currency", "Verdict")
    return Section("What earlier changes saved", columns, rows, note)


def _invoices(bill: Row | None) -> Section | None:
    if not bill or not bill["invoices"]:
        return None
    rows = tuple(
        (
            one["period"],
            one["billing_account"],
            one["currency"],
            _money(one["billed"]),
            "no invoice yet" if one.get("invoice") is None else _money(one["invoice"]),
            "–" if one.get("gap") is None else "none" if not one["gap"] else f"{one['gap']:+,.2f}",
        )
        for one in bill["invoices"]
    )
    note = "Billed cost of each month against its invoice, to the cent."
    return Section("Bill and invoice", ("Month", "Billing account", "Currency", "Bill", "Invoice", "Gap"), rows, note)


def _unused(found: Row | None, names: Mapping[str, str]) -> Section | None:
    if not found or not found["commitments"]:
        return None
    rows = tuple(
        (
            one["name"],
            f"{one['unused']:,.2f} {one['currency']}",
            f"{100 * one['unused'] / one['amortised']:.0f} %" if one["amortised"] else None,
            names.get(one["owner"], one["owner"]),
        )
        for one in found["commitments"]
    )
    note = f"Paid for from {found['since']} to {found['to']}, and used by nobody."
    return Section("Commitments that nobody used", ("Commitment", "Unused", "Of it", "Owner"), rows, note)


def _untagged(found: Row | None, names: Mapping[str, str]) -> Section | None:
    if not found or not found["places"]:
        return None
    rows = tuple(
        (
            shown(one["service"]),
            shown(one["account"]),
            f"{one['untagged']:,.2f} {one['currency']}",
            f"{names.get(one['proposed_owner'], one['proposed_owner'])}\n({one['because']})",
        )
        for one in found["places"][:_MOST_PLACES]
    )
    parts = [
        f"{one['untagged']:,.2f} {one['currency']} ({one['percent']:g} %)"
        for one in found["currencies"]
        if one["untagged"]
    ]
    days = f"From {found['since']} to {found['to']}"
    note = f"{days}, {' and '.join(parts)} have no owner's tag. Owners are proposed; nothing is spread."
    note += f" The {len(rows)} largest are listed." if len(found["places"]) > len(rows) else ""
    return Section("Without an owner's tag", ("Service", "Account", "Cost", "Proposed owner"), rows, note)


def _aside(found: Row | None) -> Section | None:
    if not found or not found["aside"]:
        return None
    rows = tuple(
        (
            one["what"],
            shown(one["service"]),
            shown(one["account"]),
            one["last"],
            f"{one['billed']:,.2f} {one['currency']}",
        )
        for one in found["aside"]
    )
    note = "Credits, refunds, taxes, purchases and monthly fees raise no alert; here they are, as billed."
    return Section("Set aside", ("What", "Service", "Account", "Last", "Billed"), rows, note)


def _sum(rows: Sequence[Row], currency: str, weeks: Sequence[str]) -> float:
    return sum(float(one["cost"]) for one in rows if one["currency"] == currency and one["from"] in weeks)


def _money(amount: float | None) -> str | None:
    return None if amount is None else f"{amount:,.2f}"


def _window(window: str) -> str:
    """A change window as people read it: Mon, Tue 08:00-16:00 (Europe/Berlin)."""
    *days, hours, zone = window.split()
    return f"{', '.join(day.capitalize() for day in days)} {hours} ({zone})"
