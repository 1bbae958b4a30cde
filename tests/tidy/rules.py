#!/usr/bin/python3
"""Prints which rule of a specification which test covers, and which rules have none: rules.py ROOT

A test says so in the lines right above it, in C++ with // and elsewhere with #:

    // rule: policies 1.3 a missing key makes a positive operator false
    TEST(ConditionTest, MissingKey) {

tests/rules.txt lists every rule and says what it wants. An error is a tag above nothing that is a test or of a rule that
is not listed, and a listed rule without the test that it wants.
"""
import re
import sys

import checks

LIST = "tests/rules.txt"

_RULE = re.compile(r"^\s*(//|#) rule: (\S+) (\S+) (.+?)\s*$")
_MEANT = re.compile(r"^\s*(//|#) ?[Rr]ule: ?\S+ \S+")  # Perhaps without its words.
_TESTS = {
    ".cc": re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)"),
    ".py": re.compile(r"^\s*(?:async )?def (test\w*)\("),
    ".sh": re.compile(r"^\s*(\w+)\(\)"),
}
# What a rule wants, and the heading above those without a test.
KINDS = {"behaviour": "Without the test that it wants", "wire": "With the HTTP endpoint",
         "elsewhere": "Shown elsewhere", "absent": "Not there"}
_LISTED = re.compile(rf"^(\S+) (\S+) +({'|'.join(KINDS)}) +(\S.*)$")
_CONTINUES = re.compile(r"^\s*(//|#|@)|^\s*$")


def rules_of(path, text):
    """([(specification, number, words, test, line)], [complaint])"""
    kind = next((kind for kind in _TESTS if path.endswith(kind)), None)
    found, complaints, open_rules = [], [], []
    for number, line in enumerate(text.split("\n") if kind else [], 1):
        rule, test = _RULE.match(line), _TESTS[kind].match(line)
        if not rule and _MEANT.match(line):
            complaints.append(f"{path}:{number}: write: rule: specification number words")
        if rule and (rule.group(1) == "//") == (kind == ".cc"):
            open_rules.append((*rule.groups()[1:], number))
        elif test and open_rules:
            found += [(*rule[:3], ".".join(test.groups()), number) for rule in open_rules]
            open_rules = []
        elif open_rules and not _CONTINUES.match(line):
            complaints += [f"{path}:{rule[3]}: no test stands below this rule" for rule in open_rules]
            open_rules = []
    complaints += [f"{path}:{rule[3]}: no test stands below this rule" for rule in open_rules]
    return found, complaints


def listed_in(text):
    """({(specification, number): (kind, words, line)}, [complaint])"""
    listed, complaints = {}, []
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip() or content.startswith("#"):
            continue
        rule = _LISTED.match(content)
        if not rule:
            complaints.append(f"{LIST}:{line}: write: specification number kind words, with one of {', '.join(KINDS)}")
            continue
        specification, number, kind, words = rule.groups()
        if (specification, number) in listed:
            complaints.append(f"{LIST}:{line}: {specification} {number} is listed twice")
        if kind in ("elsewhere", "absent") and not re.search(r": \S", words):
            complaints.append(f"{LIST}:{line}: say after a colon {'by what' if kind == 'elsewhere' else 'why'}")
        listed[specification, number] = (kind, words, line)
    return listed, complaints


def read(tree):
    """(the tagged tests as [(specification, number, words, where)], the listed rules, [complaint])"""
    listed, complaints = listed_in(tree.get(LIST, ""))
    rows = []
    for path in sorted(tree):
        found, wrong = rules_of(path, tree[path]) if checks.is_in(path, "tests") else ([], [])
        complaints += wrong
        for specification, number, words, test, line in found:
            rows.append((specification, number, words, f"{test}  {path}:{line}"))
            kind = listed.get((specification, number), ("missing",))[0]
            if kind == "missing":
                complaints.append(f"{path}:{line}: {LIST} does not list {specification} {number}")
            if kind == "absent":
                complaints.append(f"{path}:{line}: {specification} {number} is absent, as {LIST} has it")
    tested = {row[:2] for row in rows}
    complaints += [f"{LIST}:{line}: no test is tagged with {' '.join(rule)}: {words}"
                   for rule, (kind, words, line) in listed.items() if kind == "behaviour" and rule not in tested]
    return rows, listed, complaints


def check_rules(tree):
    """Every rule of behaviour has a test, and every tag a rule."""
    return read(tree)[2]


def _in_order(row):
    return row[0], [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"[.\-]|(?<=\D)(?=\d)", row[1])]


def _print_tested(rows):
    width = max((len(" ".join(row[:3])) for row in rows), default=0)
    for row in sorted(rows, key=_in_order):
        print(f"{' '.join(row[:3]):<{width}}  {row[3]}")


def _print_untested(rows, listed):
    tested = {row[:2] for row in rows}
    for kind, heading in KINDS.items():
        left = [rule for rule in listed if listed[rule][0] == kind and rule not in tested]
        if left:
            print(f"\n{heading}:")
        for rule in sorted(left, key=_in_order):
            print(f"{' '.join(rule)} {listed[rule][1]}")


def main():
    rows, listed, complaints = read(checks.read_tree(sys.argv[1]))
    _print_tested(rows)
    _print_untested(rows, listed)
    print(f"\n{len(listed)} rules of {len({rule[0] for rule in listed})} specifications, {len({row[:2] for row in rows})} "
          f"of them with {len(rows)} tests")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
