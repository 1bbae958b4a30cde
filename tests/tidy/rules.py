#!/usr/bin/python3
"""Prints which rule of a specification which test covers: rules.py ROOT

A test says so in the lines right above it, in C++ with // and elsewhere with #:

    // rule: policies 1.3 a missing key makes a positive operator false
    TEST(ConditionTest, MissingKey) {

A rule above nothing that is a test is an error.
"""
import re
import sys

import checks

_RULE = re.compile(r"^\s*(//|#) rule: (\S+) (\S+) (.+?)\s*$")
_TESTS = {
    ".cc": re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)"),
    ".py": re.compile(r"^\s*(?:async )?def (test\w*)\("),
    ".sh": re.compile(r"^\s*(\w+)\(\)"),
}
_CONTINUES = re.compile(r"^\s*(//|#|@)|^\s*$")


def rules_of(path, text):
    """([(specification, number, words, test, line)], [complaint])"""
    kind = next((kind for kind in _TESTS if path.endswith(kind)), None)
    found, complaints, open_rules = [], [], []
    for number, line in enumerate(text.split("\n") if kind else [], 1):
        rule, test = _RULE.match(line), _TESTS[kind].match(line)
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


def _in_order(row):
    return row[0], [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"[.\-]|(?<=\D)(?=\d)", row[1])]


def main():
    tree = checks.read_tree(sys.argv[1])
    rows, complaints = [], []
    for path in sorted(tree):
        if checks.is_in(path, "tests"):
            found, wrong = rules_of(path, tree[path])
            rows += [(specification, number, words, f"{test}  {path}:{line}")
                     for specification, number, words, test, line in found]
            complaints += wrong
    if rows:
        left = [f"{row[0]} {row[1]} {row[2]}" for row in rows]
        width = max(map(len, left))
        for row in sorted(rows, key=_in_order):
            print(f"{f'{row[0]} {row[1]} {row[2]}':<{width}}  {row[3]}")
    print(f"{len(rows)} rules of {len({row[0] for row in rows})} specifications")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
