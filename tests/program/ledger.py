"""What was asked of a hub, what it acknowledged and what it handed out: the total-queue check.

A message is known by its queue and its body, and every body is sent once. Lost is what was acknowledged and never came;
what was received, never deleted, and did not come again; and what is missing in one queue though it is in another queue
of the same publish. Unexpected is what nobody sent to that queue. Recovered is what came though its sender got no
answer, which is allowed, and so are duplicates: both are counted.

Several threads may use a ledger.
"""
import threading
import time

# A hub's clock and ours both count time that passes, but a restart rounds to its own steps.
CLOCK_SLACK_S = 0.1


def name(key):
    """A message for a person: its body without the padding."""
    queue, body = key
    return f"{body.rstrip('x')} in {queue}"


class Entry:
    """One message in one queue."""
    __slots__ = ("acknowledged", "ids", "receives", "hidden_until", "delete_asked", "deleted_at", "drained")

    def __init__(self):
        self.acknowledged = False
        self.ids = set()
        self.receives = 0  # The highest receive count seen.
        self.hidden_until = 0.0  # Nobody else may get it before; 0 when that is not certain.
        self.delete_asked = False
        self.deleted_at = None  # When a delete was answered that certainly took effect.
        self.drained = False


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.entries = {}  # (queue, body) -> Entry
        self.groups = []  # ([keys], ...) of one publish each: all or none.
        self.violations = []
        self.counts = dict.fromkeys(("requests", "sent", "acknowledged", "received", "redelivered", "duplicates",
                                     "recovered", "deleted", "lost", "unexpected"), 0)
        self.draining = False

    def violate(self, kind, text):
        if kind in self.counts:
            self.counts[kind] += 1
        if len(self.violations) < 20:
            self.violations.append(f"{kind}: {text}")

    def complain(self, text):
        with self.lock:
            self.violate("error", text)

    def send(self, messages):
        """[(body, [queues that admit it])] are about to be sent."""
        with self.lock:
            for body, queues in messages:
                keys = [(queue, body) for queue in queues]
                for key in keys:
                    assert key not in self.entries
                    self.entries[key] = Entry()
                if len(keys) > 1:
                    self.groups.append(keys)
                self.counts["sent"] += len(keys)

    def acknowledge(self, messages):
        with self.lock:
            self.counts["requests"] += 1
            for body, queues in messages:
                for queue in queues:
                    self.entries[queue, body].acknowledged = True
                self.counts["acknowledged"] += len(queues)

    def receive(self, queue, deliveries, asked_at, visibility):
        """[(body, id, receive count)] came as the answer to a receive that was sent at `asked_at`."""
        now = time.monotonic()
        with self.lock:
            for body, message_id, receives in deliveries:
                self.counts["received"] += 1
                entry = self.entries.get((queue, body))
                if entry is None:
                    self.violate("unexpected", name((queue, body)))
                    continue
                self.counts["redelivered"] += receives > 1
                self.counts["duplicates"] += bool(entry.ids) and message_id not in entry.ids
                entry.ids.add(message_id)
                entry.drained |= self.draining
                if entry.deleted_at is not None and asked_at > entry.deleted_at:
                    self.violate("back", f"{name((queue, body))} came {asked_at - entry.deleted_at:.3f} s after its delete")
                if receives <= entry.receives:
                    continue  # Answers pass each other between threads; this one is the older.
                if now < entry.hidden_until - CLOCK_SLACK_S:
                    early = entry.hidden_until - now
                    self.violate("owners", f"{name((queue, body))} came {early:.3f} s before its visibility ended, "
                                           f"received {entry.receives} and {receives} times")
                entry.receives = receives
                entry.hidden_until = asked_at + visibility

    def touch(self, queue, bodies, delete):
        """A delete, or a change of visibility, is about to be sent."""
        with self.lock:
            for entry in (self.entries[queue, body] for body in bodies if (queue, body) in self.entries):
                if delete:
                    entry.delete_asked = True
                else:
                    entry.hidden_until = 0.0

    def delete(self, queue, bodies, certain_until):
        """A delete was answered. Once the message may have another owner, a delete succeeds and changes nothing."""
        now = time.monotonic()
        with self.lock:
            self.counts["requests"] += 1
            self.counts["deleted"] += len(bodies)
            if now >= certain_until:
                return
            for entry in (self.entries[queue, body] for body in bodies if (queue, body) in self.entries):
                entry.deleted_at = now

    def check(self):
        """After the drain: the violations."""
        with self.lock:
            for (queue, body), entry in self.entries.items():
                if entry.acknowledged and not entry.ids:
                    self.violate("lost", f"{name((queue, body))}: acknowledged, never received")
                elif entry.ids and not entry.delete_asked and not entry.drained:
                    self.violate("lost", f"{name((queue, body))}: received, not deleted, gone")
                self.counts["recovered"] += bool(entry.ids) and not entry.acknowledged
            for keys in self.groups:
                seen = [key[0] for key in keys if self.entries[key].ids]
                if seen and len(seen) != len(keys) and not self.entries[keys[0]].acknowledged:
                    self.violate("torn", f"{name(keys[0])} and others: in {len(seen)} of {len(keys)} queues")
        return self.violations
