#!/usr/bin/python3
"""Writes the quickstart's input: orders.jsonl and payments.jsonl beside this file, a week of a small web shop.

One message per line: {"body": {the event}, "attributes": {what subscriptions filter on}}. The same seed always gives
the same bytes; `make_events.py --check` only compares.
"""
import datetime
import json
import pathlib
import random
import sys

SEED = 20240506
ORDERS = 3400
START = datetime.datetime(2024, 5, 6, 6, 0, tzinfo=datetime.timezone.utc)
REGIONS = {"eu": ("EUR", 0.55), "us": ("USD", 0.30), "apac": ("AUD", 0.15)}
CATALOGUE = [("kettle", 39.90), ("teapot", 24.50), ("mug", 8.90), ("grinder", 129.00), ("espresso-machine", 489.00),
             ("scale", 34.00), ("filter-papers", 4.50), ("beans-1kg", 27.80), ("green-tea-250g", 12.40), ("tray", 19.90)]
METHODS = ["card", "card", "card", "transfer", "wallet"]


def line(moment, event, region, total, **more):
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"event": event, "at": at, "region": region, "total": total, **more}
    return at, {"body": body, "attributes": {"event": event, "region": region, "total": total}}


def make_events():
    """(orders, payments), each as lines in the order of their time."""
    draw = random.Random(SEED)
    regions, shares = list(REGIONS), [share for _, share in REGIONS.values()]
    orders, payments = [], []
    moment = START
    for number in range(1, ORDERS + 1):
        moment += datetime.timedelta(seconds=draw.randint(5, 350))
        region = draw.choices(regions, shares)[0]
        order = f"o-{100000 + number}"
        items = [{"sku": sku, "quantity": draw.choice([1, 1, 1, 2, 3]), "price": price}
                 for sku, price in draw.sample(CATALOGUE, draw.choice([1, 1, 2, 3]))]
        total = round(sum(item["quantity"] * item["price"] for item in items), 2)
        customer = f"c-{draw.randint(1, 900):03}"
        orders.append(line(moment, "order_placed", region, total, order_id=order, customer_id=customer,
                           currency=REGIONS[region][0], items=items))

        later = moment + datetime.timedelta(hours=draw.uniform(0.2, 30))
        if draw.random() < 0.18:
            reason = draw.choice(["changed_mind", "out_of_stock", "address_unknown"])
            orders.append(line(later, "order_cancelled", region, total, order_id=order, reason=reason))
        if draw.random() < 0.52:  # The others pay on delivery.
            paid = moment + datetime.timedelta(seconds=draw.randint(2, 900))
            event = "payment_failed" if draw.random() < 0.06 else "payment_captured"
            payments.append(line(paid, event, region, total, order_id=order, payment_id=f"p-{500000 + number}",
                                 method=draw.choice(METHODS), currency=REGIONS[region][0]))
            if event == "payment_captured" and draw.random() < 0.12:
                payments.append(line(later, "payment_refunded", region, total, order_id=order,
                                     payment_id=f"p-{500000 + number}", currency=REGIONS[region][0]))
    return [[event for _, event in sorted(events, key=lambda e: e[0])] for events in (orders, payments)]


def main():
    folder = pathlib.Path(__file__).resolve().parent
    for name, events in zip(("orders.jsonl", "payments.jsonl"), make_events()):
        text = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
        if "--check" in sys.argv[1:]:
            if (folder / name).read_text() != text:
                sys.exit(f"{name} is not what {pathlib.Path(__file__).name} writes")
        else:
            (folder / name).write_text(text)
            print(f"{name}: {len(events)} events, {len(text)} bytes")


main()
