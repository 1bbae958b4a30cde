#!/usr/bin/python3
"""Three teams share a hub: who may do what, and how one of them gets a permission that it lacks.

Every user tries everything. Then the marketplace, which was refused, gets a grant: one line of YAML and a SIGHUP.
"""
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # Where penstock_client.py and stage.py are.
from penstock_client import Refused
from stage import Stage

USERS = ["shop/checkout", "billing/worker", "marketplace/importer"]
# What may be tried, and which of the users above may do it, before the grant.
OPERATIONS = [
    ("publish to shop/orders", lambda client: client.publish("shop/orders", [b'{"order": 1}']), {"shop/checkout"}),
    ("describe shop/orders", lambda client: client.call("describe_topic", "shop/orders"), {"billing/worker"}),
    ("receive from billing/invoices", lambda client: client.receive("billing/invoices", visibility=0), {"billing/worker"}),
]
GRANT = "  - {user: marketplace/importer, may: publish, on: topic/orders}\n"


def refusal_of(call, *arguments):
    """What the hub says, or None when it does as it is asked."""
    try:
        call(*arguments)
    except Refused as refused:
        if refused.code != "AccessDenied":
            raise
        return refused.text
    return None


def statements_on_lines_of_their_own(text):
    return re.sub(r'\s*(\{"Effect")', r"\n   \1", text.replace(" Add one ", "\nAdd one "))


def show_who_may_what(stage, clients, granted=()):
    """Tries everything for real and compares it with what should be: the table above, and (user, operation) granted."""
    def show_row(name, cells):
        stage.show(f"{name:31}{''.join(f'{cell:22}' for cell in cells)}".rstrip())

    show_row("", USERS)
    for name, attempt, allowed in OPERATIONS:
        may = {user: refusal_of(attempt, clients[user]) is None for user in USERS}
        show_row(name, ["yes" if may[user] else "-" for user in USERS])
        for user in USERS:
            wanted = user in allowed or (user, name) in granted
            stage.check(may[user] == wanted, f"{user} {'may' if wanted else 'may not'} {name}")


def main(stage):
    clients = {user: stage.client(user) for user in USERS}
    importer, worker = clients["marketplace/importer"], clients["billing/worker"]

    stage.say("Who may do what: every user tries everything")
    show_who_may_what(stage, clients)

    stage.say("The marketplace publishes an order, and is refused; the hub says what is missing, and on which side")
    refusal = refusal_of(importer.publish, "shop/orders", [b'{"order": 2, "by": "marketplace"}'])
    stage.check(refusal, "the marketplace is refused")
    stage.show(statements_on_lines_of_their_own(refusal))
    stage.check('"Principal":{"AWS":"arn:aws:iam::333333333333:user/importer"}' in refusal.replace(" ", ""),
                "the refusal has the statement that the topic's policy lacks")

    stage.say("The shop agrees. One line more in its hub.yaml, and a SIGHUP; nobody is disconnected")
    with open(stage.config, "a", encoding="utf-8") as file:
        file.write(GRANT)
    stage.show(GRANT.strip())
    stage.reload()

    stage.say("The same order goes through, and billing gets it")
    refusal = refusal_of(importer.publish, "shop/orders", [b'{"order": 2, "by": "marketplace"}'])
    stage.check(refusal is None, f"the marketplace may publish: {refusal}")
    received = worker.receive("billing/invoices", max_messages=100, wait=5)
    for message in received:
        stage.show(f"{message.body.decode():36} from {message.sender}")
    stage.check(any(b"marketplace" in message.body for message in received), "billing gets what the marketplace published")
    worker.delete("billing/invoices", received)

    stage.say("Nothing else has changed")
    show_who_may_what(stage, clients, {("marketplace/importer", "publish to shop/orders")})


if __name__ == "__main__":
    with Stage(__doc__, __file__) as the_stage:
        main(the_stage)
