"""How long the last `make test` took, part by part."""

import re
from collections import Counter
from xml.etree import ElementTree

from tools.execute import ROOT

from .report import duration, table

REPORTS = ROOT / "build" / "tests"  # where `make test` leaves its durations


def main(reports=REPORTS):
    rows, total = [], 0
    for path in sorted(reports.glob("*.xml")):
        suite = ElementTree.parse(path).getroot().find("testsuite")
        seconds, count = Counter(), Counter()
        for case in suite.iter("testcase"):
            file = re.sub(r"^(tests|notebooks)\.", "", case.get("classname"))
            seconds[file] += float(case.get("time"))
            count[file] += 1
        when = suite.get("timestamp").partition(".")[0]
        whole = float(suite.get("time"))
        total += whole
        rows.append([f"{path.stem}, {when}", suite.get("tests"), duration(whole)])
        rows += [
            [f"  {file}", count[file], duration(s)] for file, s in seconds.most_common()
        ]
    if not rows:
        print(f"\ntests: not known, run make test first (it writes {reports})")
        return
    rows.append(["total", "", duration(total)])
    title = "The last make test (a part's own seconds, of several processes at once)"
    table(title, ("", "tests", "time"), rows)
