#!/usr/bin/python3
"""Prints "passed failed" of a JUnit file that ctest wrote; names what failed and what was skipped on standard error."""
import sys
import xml.etree.ElementTree

cases = xml.etree.ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
failed = [c.get("name") for c in cases if c.get("status") == "fail" or c.find("failure") is not None]
skipped = [c.get("name") for c in cases if c.get("status") in ("notrun", "disabled") and c.get("name") not in failed]
for word, names in (("Skipped", skipped), ("Failed", failed)):
    for name in names:
        print(f"{word}: {name}", file=sys.stderr)
print(len(cases) - len(failed) - len(skipped), len(failed))
